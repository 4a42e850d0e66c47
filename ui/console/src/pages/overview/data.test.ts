import { describe, expect, it, vi } from 'vitest';

vi.mock('../../app/session.svelte.ts', () => ({ api: {} }));
const { parts, percent, series, stacked, sum } = await import('./data.ts');

const slots: Parameters<typeof series>[0] = [
  { from: 0, actions: { allow: 3, block: 1 }, levels: { public: 4 } },
  { from: 1, actions: {}, levels: {} },
];

describe('charts', () => {
  it('have a row for each name, also for one without a count', () => {
    const rows = series(slots, 'actions', ['allow', 'warn', 'block']);
    expect(rows.map((row) => row.values)).toEqual([
      [3, 0],
      [0, 0],
      [1, 0],
    ]);
    expect(stacked(rows)).toEqual([
      [3, 0],
      [3, 0],
      [4, 0],
    ]);
    expect(sum(rows.flatMap((row) => row.values))).toBe(4);
  });

  it.each([
    [0, 0, '0 %'],
    [0, 7, '0 %'],
    [1, 3000, '< 0.1 %'],
    [1, 30, '3.3 %'],
    [1, 50, '2.0 %'],
    [1, 3, '33 %'],
    [3, 3, '100 %'],
  ])('%d of %d is %s', (part, whole, said) => {
    expect(percent(part, whole)).toBe(said);
  });

  it('bars are whole', () => {
    expect(parts({ allow: 1, block: 3 }, ['allow', 'warn', 'block'])).toEqual([
      { name: 'allow', from: 0, width: 25 },
      { name: 'block', from: 25, width: 75 },
    ]);
    expect(parts({}, ['allow'])).toEqual([]);
  });
});
