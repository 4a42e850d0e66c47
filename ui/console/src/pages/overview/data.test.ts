import { beforeEach, describe, expect, it, vi } from 'vitest';

const get = vi.fn();
vi.mock('../../app/session.svelte.ts', () => ({ api: { get } }));
const { parts, percent, pressing, series, stacked, sum } = await import('./data.ts');

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

describe('alerts that press', () => {
  interface Row {
    id: string;
    urgency: number;
    last: number;
  }
  let open: Row[] = [];
  const some = (howMany: number, urgency: number, last: number): Row[] =>
    Array.from({ length: howMany }, (_, number) => ({
      id: `${urgency}/${number}`,
      urgency,
      last: last + number,
    }));
  const shown = async () => (await pressing(new AbortController().signal)).map(({ id }) => id);

  beforeEach(() => {
    get.mockReset();
    // As the server does it: at least as urgent, newest first.
    get.mockImplementation(async (_: string, { query }: { query: { urgency: number; limit: number } }) => ({
      alerts: open
        .filter(({ urgency }) => urgency >= query.urgency)
        .sort((one, other) => other.last - one.last)
        .slice(0, query.limit),
    }));
  });

  it('begin with an urgent one that is older than many others', async () => {
    open = [...some(300, 1, 5000), ...some(250, 2, 1000), ...some(1, 3, 0)];
    expect(await shown()).toEqual(['3/0', '2/249', '2/248', '2/247', '2/246', '2/245']);
    expect(get).toHaveBeenCalledTimes(2);
  });

  it('are urgent ones alone where those are enough', async () => {
    open = [...some(6, 3, 0), ...some(9, 2, 1000)];
    expect(await shown()).toEqual(['3/5', '3/4', '3/3', '3/2', '3/1', '3/0']);
    expect(get).toHaveBeenCalledTimes(1);
  });

  it('are all of them where there are few, each once', async () => {
    open = [...some(1, 1, 9), ...some(1, 3, 0)];
    expect(await shown()).toEqual(['3/0', '1/0']);
    open = [];
    expect(await shown()).toEqual([]);
  });
});
