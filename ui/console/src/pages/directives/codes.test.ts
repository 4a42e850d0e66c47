import { describe, expect, test, vi } from 'vitest';
import type { Directive } from '../../app/in-force.ts';

vi.mock('../../app/session.svelte.ts', () => ({ api: {}, session: {} }));

const { likeliest, liftable, stillOpen } = await import('./codes.ts');
type Code = import('./codes.ts').Code;

const both = { ask: true, approve: true };

function code(state: Code['state']): Code {
  return { state, asked_by: 'ada' } as Code;
}

describe('what may be done about a code', () => {
  test.each([
    ['asked', 'rob', both, 'decide'],
    ['asked', 'ada', both, 'nothing'],
    ['asked', 'rob', { ask: true, approve: false }, 'nothing'],
    ['approved', 'ada', both, 'read'],
    ['approved', 'rob', both, 'nothing'],
    ['issued', 'ada', both, 'nothing'],
    ['used', 'rob', both, 'nothing'],
    ['expired', 'rob', both, 'nothing'],
  ] as const)('%s, for %s', (state, name, may, expected) => {
    expect(stillOpen(code(state), name, may)).toBe(expected);
  });
});

describe('what a code can lift on a device that hears nothing', () => {
  const given = (epoch: number, group: string | undefined, directive: Directive['directive']) =>
    ({ epoch, group, directive, expires: 100 }) as Directive;
  const all = [
    given(5, 'staff', 'resume'),
    given(4, 'lab', 'lockdown'),
    given(3, 'staff', 'block'),
    given(2, undefined, 'lockdown'),
  ];
  const epochs = (group: string, order: number, now = 50) =>
    liftable(all, { group, order }, now).map(({ epoch }) => epoch);

  test('it may hold what was replaced or ended since, and what it has not told of', () => {
    expect(epochs('staff', 2)).toEqual([3, 2]);
    expect(epochs('sales', 0)).toEqual([2]);
    expect(epochs('lab', 0)).toEqual([4, 2]);
  });

  test('it holds nothing that is over, and nothing from before what it took last', () => {
    expect(epochs('staff', 2, 100)).toEqual([]);
    expect(epochs('staff', 3)).toEqual([3]);
    expect(epochs('staff', 5)).toEqual([]);
  });

  test.each([
    [2, 2],
    [3, 3],
    [0, 3],
    [5, undefined],
  ])('a device that took %i last likely holds %s', (order, expected) => {
    const choices = liftable(all, { group: 'staff', order }, 50);
    expect(likeliest(choices, { order })?.epoch).toBe(expected);
  });
});
