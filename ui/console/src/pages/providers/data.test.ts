import { describe, expect, it, vi } from 'vitest';
import type { Obligation, Request } from './data.ts';

vi.mock('../../app/session.svelte.ts', () => ({ api: {}, session: {} }));

const { hex, possible, standing } = await import('./data.ts');

describe('promises', () => {
  const promise = { counts: true, until: '2027-03-01' } as Obligation;
  const at = (day: string) => Date.parse(`${day}T12:00:00Z`);

  it('are spoken of in time', () => {
    expect(standing(promise, at('2027-01-15'))).toBe('good');
    expect(standing(promise, at('2027-02-10'))).toBe('soon');
    expect(standing({ ...promise, counts: false }, at('2027-01-15'))).toBe('over');
  });

  it('have digests as sha256sum writes them', () => {
    expect(hex(new Uint8Array([0, 10, 255]).buffer)).toBe('000aff');
  });
});

describe('requests', () => {
  const request = { state: 'pending', asked_by: 'ada' } as Request;

  it('are decided by others', () => {
    expect(possible(request, 'ada', true)).toBe('withdraw');
    expect(possible(request, 'ben', true)).toBe('decide');
    expect(possible(request, 'vic', false)).toBe('look');
    expect(possible({ ...request, state: 'approved' }, 'ben', true)).toBe('look');
  });
});
