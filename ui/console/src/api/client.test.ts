import { describe, expect, it, vi } from 'vitest';
import { address, Client } from './client.ts';

function answering(status: number, body: unknown) {
  const fetch = vi.fn(async () => new Response(status === 204 ? null : JSON.stringify(body), { status }));
  const around = { fetch, signedOut: vi.fn(), oneTime: vi.fn() };
  return { ...around, client: new Client(around) };
}

describe('addresses', () => {
  it('have their places filled in and only what is asked for', () => {
    const query = { limit: 5, user: '', device: undefined, purpose: 'a & b' };
    expect(address('/api/v1/events/{event}', { event: 'a/b' }, query)).toBe(
      '/api/v1/events/a%2Fb?limit=5&purpose=a+%26+b',
    );
    expect(address('/api/v1/me', undefined, undefined)).toBe('/api/v1/me');
  });
});

describe('the client', () => {
  it('sends the header that pages of other sites cannot, with what changes something', async () => {
    const { client, fetch } = answering(204, undefined);
    await client.put('/api/v1/me/codes', { body: { code: '123456' } });
    expect(fetch).toHaveBeenCalledWith(
      '/api/v1/me/codes',
      expect.objectContaining({
        method: 'PUT',
        body: '{"code":"123456"}',
        headers: expect.objectContaining({ 'x-weir-csrf': '1', 'content-type': 'application/json' }),
      }),
    );
  });

  it('tells when the session ended, once for each call', async () => {
    const { client, signedOut } = answering(401, { type: 'urn:weir:problem:sign-in-needed' });
    await expect(client.get('/api/v1/me')).rejects.toMatchObject({ status: 401 });
    expect(signedOut).toHaveBeenCalledOnce();
  });

  it('does not take a refused sign-in for the end of a session', async () => {
    const { client, signedOut } = answering(401, { type: 'urn:weir:problem:sign-in-refused' });
    await expect(client.post('/api/v1/session', { body: { name: 'a', password: 'b' } })).rejects.toThrow();
    expect(signedOut).not.toHaveBeenCalled();
  });

  it('tells that the password must be changed', async () => {
    const { client, oneTime } = answering(403, { type: 'urn:weir:problem:password-change-needed' });
    await expect(client.get('/api/v1/alerts')).rejects.toMatchObject({ kind: 'password-change-needed' });
    expect(oneTime).toHaveBeenCalledOnce();
  });

  it('has a word for a server that is not there, and for an answer that is no JSON', async () => {
    const around = { signedOut: vi.fn(), oneTime: vi.fn() };
    const gone = new Client({ ...around, fetch: () => Promise.reject(new TypeError('failed')) });
    await expect(gone.get('/api/v1/me')).rejects.toMatchObject({ kind: 'unreachable', status: 0 });
    const odd = new Client({ ...around, fetch: async () => new Response('<html>', { status: 502 }) });
    await expect(odd.get('/api/v1/me')).rejects.toMatchObject({ kind: 'failed', status: 502 });
  });

  it('gets files byte by byte, and says how far it is', async () => {
    const parts = [new Uint8Array([1, 2]), new Uint8Array([3])];
    const body = new ReadableStream({
      pull: (controller) => {
        const part = parts.shift();
        if (part) controller.enqueue(part);
        else controller.close();
      },
    });
    const fetch = async () => new Response(body, { headers: { 'content-type': 'application/x-tar' } });
    const client = new Client({ fetch, signedOut: vi.fn(), oneTime: vi.fn() });
    const came: number[] = [];
    const query = { since: 0, purpose: 'testing' };
    const file = await client.file('/api/v1/reports/pack', { query }, (bytes) => came.push(bytes));
    expect(came).toEqual([2, 3]);
    expect(file.type).toBe('application/x-tar');
    expect([...new Uint8Array(await file.arrayBuffer())]).toEqual([1, 2, 3]);
  });

  it('keeps no half of a file', async () => {
    const body = new ReadableStream({
      pull: (controller) => controller.error(new TypeError('connection lost')),
    });
    const client = new Client({
      fetch: async () => new Response(body),
      signedOut: vi.fn(),
      oneTime: vi.fn(),
    });
    const query = { since: 0, purpose: 'testing' };
    await expect(client.file('/api/v1/reports/pack', { query })).rejects.toMatchObject({
      kind: 'unreachable',
    });
  });
});
