import type { Event, HeldChange, HeldMessage } from '../api/wire.ts';

/** The messages that wait after a change, the longest waiting first. */
export function applied(held: readonly HeldMessage[], change: HeldChange): HeldMessage[] {
  if (change.change === 'ended') return held.filter(({ id }) => id !== change.id);
  const message: HeldMessage = change;
  const at = held.findIndex(({ id }) => id === message.id);
  return at < 0 ? [...held, message] : held.with(at, message);
}

/** The newest decisions with one more. An event comes again when its answer has ended: the later one counts. */
export function newest(events: readonly Event[], event: Event, most: number): Event[] {
  return [event, ...events.filter(({ id }) => id !== event.id)].slice(0, most);
}
