import { describe, expect, it, vi } from 'vitest';

vi.mock('../../app/session.svelte.ts', () => ({ api: {}, session: {} }));

const { keyInWords } = await import('./deletions.ts');
type Deletion = import('./deletions.ts').Deletion;
type Key = import('./deletions.ts').Key;

const asked: Deletion = { id: 'x', state: 'pending', why: 'request 17', asked: 0, asked_by: 'grace' };
const keys: Key[] = [{ number: 2, made: 1_800_000_000_000, for_some: false }];

describe('what whoever agrees to a deletion reads', () => {
  it('names the key, and when it was made', () => {
    expect(keyInWords({ ...asked, key: 2 }, keys)).toMatch(/^2, made .*2027/);
  });
  it('names a key that is not there any more by its number', () => {
    expect(keyInWords({ ...asked, key: 1 }, keys)).toBe('1');
  });
  it('says where it is all keys of a device', () => {
    expect(keyInWords({ ...asked, device: 'y' }, keys)).toBe('All that the device has');
  });
});
