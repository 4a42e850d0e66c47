import { afterEach, describe, expect, it, vi } from 'vitest';
import { slotName, tickName } from './slots.ts';

const [HOUR, DAY] = [3_600_000, 86_400_000];

describe('slots', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it.each([
    ['summer', Date.UTC(2026, 3, 5, 22)],
    ['winter', Date.UTC(2026, 10, 5, 23)],
  ])('are called by their own day on both sides of a change of the clock, seen in %s', (_, until) => {
    vi.stubEnv('TZ', 'Europe/Berlin');
    const names = Array.from({ length: 30 }, (_, back) => tickName(until - (back + 1) * DAY, DAY));
    const days = Array.from({ length: 30 }, (_, back) => {
      const today = new Date(until - DAY / 2);
      const noon = new Date(today.getFullYear(), today.getMonth(), today.getDate() - back, 12);
      return noon.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' });
    });
    expect(names).toEqual(days);
  });

  it('have a name that says more', () => {
    vi.stubEnv('TZ', 'Europe/Berlin');
    expect(slotName(Date.UTC(2026, 2, 19, 22), DAY)).toMatch(/^Fri,? 20 Mar$/);
  });

  it('of an hour are called by when they begin', () => {
    vi.stubEnv('TZ', 'Asia/Kolkata');
    const from = Date.UTC(2026, 2, 19, 22, 30);
    expect([slotName(from, HOUR), tickName(from, HOUR)]).toEqual(['04:00', '04:00']);
  });
});
