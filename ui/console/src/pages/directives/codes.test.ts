import { describe, expect, test, vi } from 'vitest';
import type { Directive } from '../../app/in-force.ts';

vi.mock('../../app/session.svelte.ts', () => ({ api: {}, session: {} }));

const { liftable, stillOpen } = await import('./codes.ts');
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

test('a device can be let out of what holds for it, and of nothing else', () => {
  const given = (epoch: number, group: string | undefined, directive: Directive['directive']) =>
    ({ epoch, group, directive, expires: 100 }) as Directive;
  const all = [given(4, 'lab', 'lockdown'), given(3, 'staff', 'block'), given(2, undefined, 'lockdown')];
  expect(liftable(all, 'staff', 50).map(({ epoch }) => epoch)).toEqual([3, 2]);
  expect(liftable(all, 'sales', 50).map(({ epoch }) => epoch)).toEqual([2]);
  expect(liftable(all, 'staff', 100)).toEqual([]);
});
