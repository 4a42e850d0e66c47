import { describe, expect, test, vi } from 'vitest';

vi.mock('../../app/session.svelte.ts', () => ({ api: {} }));

const { days, figures, lastWeeks, paperName, weekNumber } = await import('./week.ts');

const HOUR = 3_600_000;
const first = (time: string) => lastWeeks(Date.parse(time))[0] ?? { since: 0, until: 0 };

describe('the last weeks', () => {
  test('are whole ones, the latest first', () => {
    const weeks = lastWeeks(Date.parse('2027-01-15T08:00:00Z'), 3);
    expect(weeks.map(({ since, until }) => [since, until].map((at) => new Date(at).toISOString()))).toEqual([
      ['2027-01-04T00:00:00.000Z', '2027-01-11T00:00:00.000Z'],
      ['2026-12-28T00:00:00.000Z', '2027-01-04T00:00:00.000Z'],
      ['2026-12-21T00:00:00.000Z', '2026-12-28T00:00:00.000Z'],
    ]);
  });

  test('a week is over at midnight from Sunday to Monday, UTC', () => {
    const monday = Date.parse('2027-01-11T00:00:00Z');
    expect(lastWeeks(monday)[0]?.until).toBe(monday);
    expect(lastWeeks(monday - 1)[0]?.until).toBe(monday - 168 * HOUR);
  });

  test.each([
    ['2027-01-15T08:00:00Z', 1],
    // The year of a week is that of its Thursday.
    ['2027-01-04T00:00:00Z', 53],
    ['2026-01-05T00:00:00Z', 1],
    ['2025-01-07T00:00:00Z', 1],
    ['2024-01-01T00:00:00Z', 52],
    ['2026-07-06T12:00:00Z', 27],
  ])('the one before %s is week %d', (now, number) => {
    expect(weekNumber(first(now))).toBe(number);
  });

  test('say their days, and what their paper is named', () => {
    const week = first('2027-01-15T08:00:00Z');
    expect(days(week)).toEqual(['4 Jan 2027', '10 Jan 2027']);
    expect(paperName(week)).toBe('weir-week-2027-01-04.pdf');
  });
});

test('figures are in all, and by level', () => {
  const levels = [{ name: 'restricted', sent: 0, rewritten: 1, kept: 2 }];
  expect(figures({ sent: 5, rewritten: 1, kept: 2, levels })).toEqual([
    { level: undefined, messages: 8, sent: 5, rewritten: 1, kept: 2 },
    { level: 'restricted', messages: 3, sent: 0, rewritten: 1, kept: 2 },
  ]);
});
