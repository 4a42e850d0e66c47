import { listed, whole } from '@weir/shared/words.ts';
import type { Event, Finding } from '../api/wire.ts';
import { typeName } from './types.ts';

/** Data types with how often each was found, the most serious first. Earlier turns, sent along again, do not count. */
export function foundIn(event: Event): { type: string; count: number }[] {
  const order = ['restricted', 'confidential', 'internal', 'public'];
  const fresh = event.findings.filter(({ repeated }) => repeated !== true);
  const sorted = [...fresh].sort((one, other) => order.indexOf(one.level) - order.indexOf(other.level));
  return counted(sorted);
}

function counted(findings: readonly Finding[]): { type: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const { data_type, count } of findings) counts.set(data_type, (counts.get(data_type) ?? 0) + count);
  return [...counts].map(([type, count]) => ({ type, count }));
}

/** `OpenAI key, email address (3)`: at most three kinds, and how many more there are. */
export function inWords(
  found: readonly { type: string; count: number }[],
  more: (number: string) => string,
): string {
  const names = found.map(({ type, count }) => (count > 1 ? `${typeName(type)} (${count})` : typeName(type)));
  if (names.length <= 3) return listed(names);
  return listed([...names.slice(0, 2), more(whole(names.length - 2))]);
}
