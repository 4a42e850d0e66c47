import { bridge } from '../../api/bridge.ts';
import type { Event } from '../../api/wire.ts';

/** How many decisions the page shows. */
export const SHOWN = 8;

/** The last decisions, newest first. */
export async function last(): Promise<Event[]> {
  const { events } = await bridge.ask('events', { query: { limit: SHOWN } });
  return events.toReversed();
}

/** Decisions that came since, before those that were read. */
export function joined(since: readonly Event[], read: readonly Event[]): Event[] {
  const later = new Set(since.map(({ id }) => id));
  return [...since, ...read.filter(({ id }) => !later.has(id))].slice(0, SHOWN);
}
