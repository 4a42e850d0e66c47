import { fromField, toField } from '@weir/shared/format.ts';
import type { Schemas } from '../../api/client.ts';
import { api } from '../../app/session.svelte.ts';

export type Event = Schemas['EventShown'];

/** Conditions as the address has them: texts, empty where there is none. */
export interface Conditions {
  action: string;
  level: string;
  channel: string;
  service: string;
  provider: string;
  user: string;
  device: string;
  /** `2027-02-03T09:00:00.000Z`: the address is the same window wherever it is opened. */
  since: string;
  until: string;
}

export const NAMES = [
  'action',
  'level',
  'channel',
  'service',
  'provider',
  'user',
  'device',
  'since',
  'until',
] as const;

/** Conditions as fields have them: times by the clock on the wall. */
export function inFields(conditions: Conditions): Conditions {
  return { ...conditions, since: wallOf(conditions.since), until: wallOf(conditions.until) };
}

/** Conditions as the address has them. A time whose field was not touched stays what it was: fields have minutes alone. */
export function inAddress(edited: Conditions, before: Conditions): Conditions {
  const fields = inFields(before);
  const time = (name: 'since' | 'until') =>
    utcOf(edited[name] === fields[name] ? before[name] : edited[name]);
  return { ...edited, since: time('since'), until: time('until') };
}

function wallOf(text: string): string {
  const time = fromField(text);
  return time === undefined ? '' : toField(time);
}

function utcOf(text: string): string {
  const time = fromField(text);
  return time === undefined ? '' : new Date(time).toISOString();
}

/** Reads a page of events. It is entered in the journal. */
export function list(conditions: Conditions, purpose: string, after: string, signal: AbortSignal) {
  const { action, level, channel } = conditions;
  const query = {
    purpose,
    limit: 50,
    after: after || undefined,
    service: conditions.service,
    provider: conditions.provider,
    user: conditions.user,
    device: conditions.device || undefined,
    since: fromField(conditions.since),
    until: fromField(conditions.until),
    action: one(action, ['allow', 'warn', 'pseudonymise', 'redact', 'block'] as const),
    level: one(level, ['public', 'internal', 'confidential', 'restricted'] as const),
    channel: one(channel, ['browser', 'api', 'upload', 'clipboard', 'gateway'] as const),
  };
  return api.get('/api/v1/events', { query, signal });
}

function one<T extends string>(text: string, known: readonly T[]): T | undefined {
  return known.find((word) => word === text);
}

/** What no two records have in common: a device that was restored counts anew, on another timeline. */
export function keyOf({ device, timeline, seq }: Pick<Event, 'device' | 'timeline' | 'seq'>): string {
  return `${device}/${timeline}/${seq}`;
}

/** A part of a record: records of other versions may have less or more. */
export function part(record: unknown, ...path: string[]): unknown {
  let at = record;
  for (const name of path) {
    if (typeof at !== 'object' || at === null) return undefined;
    at = (at as Record<string, unknown>)[name];
  }
  return at;
}

/** A text of a record; empty where there is none. */
export function textOf(record: unknown, ...path: string[]): string {
  const found = part(record, ...path);
  return typeof found === 'string' ? found : typeof found === 'number' ? String(found) : '';
}

/** A list of a record; empty where there is none. */
export function listOf(record: unknown, ...path: string[]): unknown[] {
  const found = part(record, ...path);
  return Array.isArray(found) ? found : [];
}

/** How many findings a record does not list: it lists the most serious ones. */
export function omitted(record: unknown): number {
  const number = part(record, 'findings_omitted');
  return typeof number === 'number' ? number : 0;
}

/** The data types that were found, each once, with how often. */
export function found(record: unknown): { type: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const finding of listOf(record, 'findings')) {
    const type = textOf(finding, 'data_type');
    const count = part(finding, 'count');
    if (type !== '') counts.set(type, (counts.get(type) ?? 0) + (typeof count === 'number' ? count : 1));
  }
  return [...counts].map(([type, count]) => ({ type, count }));
}
