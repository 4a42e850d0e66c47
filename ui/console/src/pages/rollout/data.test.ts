import { describe, expect, test, vi } from 'vitest';

vi.mock('../../app/session.svelte.ts', () => ({ api: {} }));

const { deeds, mark, stateWord } = await import('./data.ts');

describe('how a roll-out stands', () => {
  test('what is overtaken names the bundle that took its place', () => {
    expect(stateWord({ state: 'overtaken', overtaken_by: 5 })).toBe('Overtaken by 5');
    expect(stateWord({ state: 'paused' })).toBe('Paused');
  });

  test.each(['rolled-back', 'overtaken', 'done'] as const)('%s is an end: nothing may be done', (state) => {
    expect(deeds(state)).toEqual([]);
  });

  test('each state has a mark of its own', () => {
    const states = ['running', 'paused', 'rolled-back', 'overtaken', 'done'] as const;
    expect(new Set(states.map(mark)).size).toBe(states.length);
  });
});
