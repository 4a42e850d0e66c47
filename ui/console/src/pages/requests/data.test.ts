import { describe, expect, it, vi } from 'vitest';

vi.mock('../../app/session.svelte.ts', () => ({ api: {}, session: {} }));

const { STATES, stateMark, stillPossible } = await import('./data.ts');
type Request = import('./data.ts').Request;

function request(state: Request['state'], by: string[] = []): Request {
  const approvals = by.map((name) => ({ by: name, given: 0, hours: 1, uses: 1 }));
  return { state, approvals } as unknown as Request;
}

describe('requests', () => {
  it('are decided once by each person, and taken back while they hold', () => {
    expect(stillPossible(request('pending'), 'ada')).toBe('decide');
    expect(stillPossible(request('pending', ['ben']), 'ada')).toBe('decide');
    expect(stillPossible(request('pending', ['ada']), 'ada')).toBe('nothing');
    expect(stillPossible(request('approved', ['ada']), 'ada')).toBe('revoke');
    expect(stillPossible(request('refused'), 'ada')).toBe('nothing');
  });

  it('have a mark however they stand', () => {
    expect(new Set(STATES.map(stateMark)).size).toBeGreaterThan(3);
  });
});
