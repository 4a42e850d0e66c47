import { describe, expect, it, vi } from 'vitest';

vi.mock('../../app/session.svelte.ts', () => ({ api: {} }));
const { details } = await import('./data.ts');

describe('details', () => {
  it.each([
    [{ role: 'analyst', days: 7 }, 'role analyst · days 7'],
    [
      { filter: { limit: 2, level: null }, purpose: 'a test', reason: '' },
      'filter (limit 2) · purpose a test',
    ],
    [{ audience: ['a', 'b'], codes: false }, 'audience a, b · codes false'],
    [{}, ''],
    [null, ''],
  ])('%j', (given, said) => {
    expect(details(given)).toBe(said);
  });

  it('have times as people read them', () => {
    expect(details({ expires: 1_795_945_554_794, rows: 3 })).toMatch(/^expires 2\d Nov/);
  });
});
