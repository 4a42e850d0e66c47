import { describe, expect, it, vi } from 'vitest';

vi.mock('../../app/session.svelte.ts', () => ({ api: {}, session: {} }));
const { picture } = await import('./data.ts');

describe('pictures for cameras', () => {
  it('have three finders and a quiet border', () => {
    const { side, path } = picture('otpauth://totp/Weir:ada?secret=ABC');
    const dark = new Set(path.match(/M\d+ \d+/g));
    // The corners of the finders stand two squares from the edge; the fourth corner has none.
    for (const [x, y] of [
      [2, 2],
      [side - 3, 2],
      [2, side - 3],
    ]) {
      expect(dark.has(`M${x} ${y}`)).toBe(true);
    }
    expect([...dark].some((square) => /M[01] |M\d+ [01]$/.test(square))).toBe(false);
    expect(side).toBeGreaterThan(25);
  });
});
