import { describe, expect, it, vi } from 'vitest';

vi.mock('../../app/session.svelte.ts', () => ({ api: {} }));
const { details } = await import('./data.ts');

describe('details', () => {
  it.each([
    [{ role: 'analyst', days: 7 }, 'role: analyst, days: 7'],
    [{ filter: { limit: 2 }, purpose: 'a test' }, 'filter: {"limit":2}, purpose: a test'],
    [{}, ''],
    [null, ''],
  ])('%j', (given, said) => {
    expect(details(given)).toBe(said);
  });
});
