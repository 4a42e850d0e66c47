import type { EventId, HeldMessage } from '../api/wire.ts';

/** A message that waits, with those that say the same to the same destination. */
export interface Line {
  /** The longest waiting of them. */
  message: HeldMessage;
  /** The others. */
  also: readonly EventId[];
  /** How often it came of late, those that wait no more included. */
  times: number;
}

/** The messages that wait, the same words in one line. */
export function lines(held: readonly HeldMessage[]): Line[] {
  const found = new Map<EventId, HeldMessage[]>();
  for (const message of held) {
    const first = message.same ?? message.id;
    found.set(first, [...(found.get(first) ?? []), message]);
  }
  return [...found.values()].flatMap(([message, ...others]) =>
    message === undefined
      ? []
      : [
          {
            message,
            also: others.map(({ id }) => id),
            times: Math.max(...[message, ...others].map(({ repeats }) => repeats ?? 1)),
          },
        ],
  );
}
