import { describe, expect, it, vi } from 'vitest';

vi.mock('../../app/session.svelte.ts', () => ({ api: {} }));
const { keyOf, omitted } = await import('./data.ts');

describe('records', () => {
  it('of one event have different keys, also where a restored device counts anew', () => {
    const device = '019a0000-0000-7000-8000-000000000000';
    const records = [
      { device, timeline: 1, seq: 7 },
      { device, timeline: 2, seq: 7 },
      { device, timeline: 2, seq: 8 },
    ];
    expect(new Set(records.map(keyOf)).size).toBe(3);
  });

  it('say how many findings they do not list', () => {
    expect([omitted({ findings_omitted: 12 }), omitted({}), omitted(undefined)]).toEqual([12, 0, 0]);
    expect(omitted({ findings_omitted: 'many' })).toBe(0);
  });
});
