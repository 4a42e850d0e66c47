import { bridge } from '../../api/bridge.ts';
import type { Event, EventList } from '../../api/wire.ts';
import { ACTIONS, LEVELS } from '../../app/terms.ts';

/** The most events that are read at once. */
export const MOST = 10_000;

/** Conditions as the address has them: texts, empty where there is none. */
export interface Conditions {
  /** `2027-02-03`, in local time. */
  day: string;
  /** Service id, or host where there is none. */
  service: string;
  action: string;
  /** At least. */
  level: string;
  rule: string;
}

export const NAMES = ['day', 'service', 'action', 'level', 'rule'] as const;

/** The newest events, of a day where one is named; newest first. */
export async function read(day: string): Promise<EventList> {
  const list = await bridge.ask('events', { query: { ...spanOf(day), limit: MOST } });
  return { ...list, events: list.events.toReversed() };
}

/** A day from its beginning to that of the next, in milliseconds; nothing where it is none. */
export function spanOf(day: string): { since?: number; until?: number } {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day)?.slice(1).map(Number);
  if (parts === undefined) return {};
  const [year = 0, month = 1, date = 1] = parts;
  // The day after: days have 23 hours and 25 as well.
  return {
    since: new Date(year, month - 1, date).getTime(),
    until: new Date(year, month - 1, date + 1).getTime(),
  };
}

/** The events of a day, where one is named. */
export function ofDay(day: string, events: readonly Event[]): Event[] {
  const { since = -Infinity, until = Infinity } = spanOf(day);
  return events.filter(({ time }) => since <= time && time < until);
}

/** The name that an event's destination is filtered by. */
export function destinationOf({ destination }: Event): string {
  return destination.service ?? destination.host;
}

/** True when the event meets all conditions but the day, which is asked for. */
export function fits(event: Event, { service, action, level, rule }: Conditions): boolean {
  return (
    (service === '' || destinationOf(event) === service) &&
    (action === '' || event.action === action) &&
    (level === '' || rank(event.level) >= rank(level)) &&
    (rule === '' || event.reasons.some((reason) => reason.rule === rule))
  );
}

function rank(level: string): number {
  return LEVELS.findIndex((one) => one === level);
}

/** What can be chosen among the events that were read, each in its order. */
export function choices(events: readonly Event[]): {
  services: string[];
  rules: string[];
  actions: string[];
} {
  const seen = new Set(events.map(({ action }) => action));
  return {
    services: sorted(events.map(destinationOf)),
    rules: sorted(events.flatMap(({ reasons }) => reasons.map(({ rule }) => rule))),
    actions: ACTIONS.filter((action) => seen.has(action)),
  };
}

function sorted(names: string[]): string[] {
  return [...new Set(names)].sort((one, other) => one.localeCompare(other));
}
