import type { Directive } from '../../app/in-force.ts';
import { api } from '../../app/session.svelte.ts';

/** Directives, newest first, with how many devices took each. */
export async function list(signal: AbortSignal): Promise<Directive[]> {
  return (await api.get('/api/v1/directives', { query: { limit: 50 }, signal })).directives;
}

export type Order = 'lockdown' | 'block' | 'resume';

/** For whom, why, for how long; group empty: all devices. */
export interface Terms {
  group: string;
  reason: string;
  hours: number;
}

/** Gives a directive. Only `block` looks at the providers. */
export function give(order: Order, providers: readonly string[], { group, reason, hours }: Terms) {
  const terms = { reason: reason.trim(), hours, ...(group.trim() === '' ? {} : { group: group.trim() }) };
  if (order === 'block')
    return api.post('/api/v1/directives/block', { body: { ...terms, providers: [...providers] } });
  return order === 'lockdown'
    ? api.post('/api/v1/directives/lockdown', { body: terms })
    : api.post('/api/v1/directives/resume', { body: terms });
}

/** Providers whose name or id has the words in it; those that are chosen stay. */
export function fitting<P extends { id: string; name: string }>(
  all: readonly P[],
  words: string,
  chosen: readonly string[],
): P[] {
  const wanted = words.trim().toLowerCase();
  return all.filter(
    ({ id, name }) => chosen.includes(id) || id.includes(wanted) || name.toLowerCase().includes(wanted),
  );
}
