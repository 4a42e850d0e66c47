import { describe, expect, it, vi } from 'vitest';

vi.mock('../../app/session.svelte.ts', () => ({ api: {} }));
const { groups, isChanged, lineAt } = await import('./data.ts');

describe('drafts', () => {
  it('groups stand with commas between them', () => {
    expect(groups(' staff,engineering , staff,,')).toEqual(['staff', 'engineering']);
    expect(groups(' ')).toEqual([]);
  });

  it('know what was changed', () => {
    expect(isChanged({ a: '1', b: '2' }, { a: '1', b: '2' })).toBe(false);
    expect(isChanged({ a: '1' }, { a: '1 ' })).toBe(true);
  });

  it.each([
    [1, 'one'],
    [2, 'two'],
    [3, ''],
    [9, ''],
    [0, 'one'],
  ])('line %d', (line, said) => {
    const source = 'one\ntwo\n';
    expect(source.slice(...lineAt(source, line))).toBe(said);
  });
});
