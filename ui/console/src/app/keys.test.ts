import { describe, expect, it } from 'vitest';
import { meaning } from './keys.ts';

describe('keys', () => {
  it('lead to a page after g, and only soon after it', () => {
    expect(meaning({ key: 'g', at: 0 }, undefined)).toEqual({ to: 'wait' });
    expect(meaning({ key: 'e', at: 1000 }, { key: 'g', at: 0 })).toEqual({ to: 'page', key: 'e' });
    expect(meaning({ key: 'e', at: 2000 }, { key: 'g', at: 0 })).toBeUndefined();
    expect(meaning({ key: 'e', at: 0 }, undefined)).toBeUndefined();
  });

  it('help and search', () => {
    expect(meaning({ key: '?', at: 0 }, { key: 'x', at: 0 })).toEqual({ to: 'help' });
    expect(meaning({ key: '/', at: 0 }, undefined)).toEqual({ to: 'filter' });
  });
});
