import { describe, expect, it } from 'vitest';
import { waiting } from '../api/mock/held.ts';
import type { HeldMessage } from '../api/wire.ts';
import { lines } from './repeats.ts';

function message(id: string, some: Partial<HeldMessage> = {}): HeldMessage {
  const [first] = waiting(0);
  if (first === undefined) throw new Error('the mock has none');
  return { ...first.message, id, ...some };
}

describe('the same words', () => {
  it('are one line, with how often they came', () => {
    const held = [message('a'), message('b'), message('c', { same: 'a', repeats: 2 })];
    expect(lines(held).map(({ message, also, times }) => [message.id, also, times])).toEqual([
      ['a', ['c'], 2],
      ['b', [], 1],
    ]);
  });

  it('are one line also when the first waits no more', () => {
    const held = [message('b', { same: 'a', repeats: 2 }), message('c', { same: 'a', repeats: 3 })];
    expect(lines(held).map(({ message, also, times }) => [message.id, also, times])).toEqual([
      ['b', ['c'], 3],
    ]);
  });

  it('are nothing where nothing waits', () => {
    expect(lines([])).toEqual([]);
  });
});
