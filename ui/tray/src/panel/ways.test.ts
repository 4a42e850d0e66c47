import { describe, expect, it } from 'vitest';
import type { HeldMessage, HeldWays } from '../api/wire.ts';
import { waiting } from '../api/mock/held.ts';
import { offered, wayOf } from './ways.ts';

const NOTHING: HeldWays = { clean: false, edit: false, justify: false, appeal: false };
const TERMS = { approvers: 2, most_hours: 8, most_uses: 3 };

function held(ways: Partial<HeldWays>, state?: string, appeal?: HeldMessage['appeal']): HeldMessage {
  const [first] = waiting(0);
  if (first === undefined) throw new Error('the mock has none');
  const request = state === undefined ? undefined : { state, go: false };
  return { ...first.message, ways: { ...NOTHING, ...ways }, request, appeal };
}

describe('what is offered', () => {
  it.each([
    ['nothing but to take it back', held({}), ['drop']],
    ['cleaned first', held({ clean: true, edit: true, request: TERMS }), ['cleaned', 'edit', 'ask', 'drop']],
    ['a reason, where policy leaves it to people', held({ justify: true }), ['justify', 'drop']],
    [
      'an approval before all',
      held({ clean: true, request: TERMS }, 'approved'),
      ['approved', 'cleaned', 'drop'],
    ],
    ['to say that it is not sensitive', held({ clean: true, appeal: true }), ['cleaned', 'appeal', 'drop']],
    [
      'to say so once',
      held({ clean: true, appeal: true }, undefined, { event: '', reason: '', state: 'open', asked: 0 }),
      ['cleaned', 'drop'],
    ],
    ['to ask once', held({ clean: true, request: TERMS }, 'pending'), ['cleaned', 'drop']],
    ['not again what was refused', held({ request: TERMS }, 'refused'), ['drop']],
  ])('%s', (_, message, ways) => {
    expect(offered(message)).toEqual(ways);
  });

  it('N is for the reason, where policy asks for one, and else for what is not sensitive', () => {
    expect(wayOf('n', offered(held({ justify: true })))).toBe('justify');
    expect(wayOf('N', offered(held({ clean: true, appeal: true })))).toBe('appeal');
  });

  it('Enter takes the first, other keys what they are for, and only what is offered', () => {
    const ways = offered(held({ clean: true, edit: true }));
    expect(['Enter', 'E', 'e', 'x', 'n', 'q'].map((key) => wayOf(key, ways))).toEqual([
      'cleaned',
      'edit',
      'edit',
      undefined,
      undefined,
      undefined,
    ]);
  });
});
