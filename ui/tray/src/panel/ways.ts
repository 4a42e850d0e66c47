import type { HeldMessage } from '../api/wire.ts';

/** What can be done about a message that waits. */
export type Way = 'approved' | 'cleaned' | 'justify' | 'edit' | 'ask' | 'appeal' | 'drop';

/** The key of each, as `KeyboardEvent.key` has it in lower case; the first way has Enter as well. */
export const KEYS: Record<Way, string> = {
  approved: 'a',
  cleaned: 'c',
  justify: 'n',
  edit: 'e',
  ask: 'x',
  // Never beside the other way of that key: where policy asks for a reason, the reason is enough.
  appeal: 'n',
  drop: 'escape',
};

/** What is offered, the way that Enter takes first. Only what policy leaves to this person, and what is ready. */
export function offered(message: HeldMessage): Way[] {
  const { ways, request, appeal } = message;
  const possible: Record<Way, boolean> = {
    approved: request?.state === 'approved',
    cleaned: ways.clean,
    justify: ways.justify,
    edit: ways.edit,
    ask: Boolean(ways.request) && !request,
    appeal: ways.appeal && !appeal,
    drop: true,
  };
  return (Object.keys(possible) as Way[]).filter((way) => possible[way]);
}

/** The way that a key means; none where it means nothing here. */
export function wayOf(key: string, ways: readonly Way[]): Way | undefined {
  if (key === 'Enter') return ways[0];
  return ways.find((way) => KEYS[way] === key.toLowerCase());
}
