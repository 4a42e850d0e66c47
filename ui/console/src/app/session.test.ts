import { beforeEach, describe, expect, it, vi } from 'vitest';
import { purpose } from './purpose.svelte.ts';
import { api, session } from './session.svelte.ts';

const answer = vi.fn<typeof fetch>();
vi.stubGlobal('fetch', answer);

describe('a session', () => {
  beforeEach(() => {
    session.me = {
      actor: 'account:ada',
      role: 'analyst',
      permissions: ['events-read'],
      codes: false,
      one_time_password: false,
    };
    purpose.text = 'ticket 4711';
  });

  it('ends with the purpose of whoever leaves', async () => {
    answer.mockResolvedValueOnce(new Response(null, { status: 204 }));
    await session.leave();
    expect([session.me, purpose.text, purpose.given]).toEqual([null, '', false]);
  });

  it('that the server has ended takes the purpose along', async () => {
    const problem = { type: 'urn:weir:problem:sign-in-needed', title: 'Nobody is signed in' };
    answer.mockResolvedValueOnce(new Response(JSON.stringify(problem), { status: 401 }));
    await expect(api.get('/api/v1/me')).rejects.toThrow();
    expect([session.me, purpose.text]).toEqual([null, '']);
  });

  it('goes on where the server does not answer', async () => {
    answer.mockRejectedValueOnce(new TypeError('failed to fetch'));
    await expect(session.leave()).rejects.toThrow();
    expect([session.may('events-read'), purpose.text]).toEqual([true, 'ticket 4711']);
  });
});
