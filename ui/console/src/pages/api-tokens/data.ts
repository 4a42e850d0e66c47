import type { Schemas } from '../../api/client.ts';
import { api } from '../../app/session.svelte.ts';

export type Token = Schemas['ApiTokenShown'];

export async function list(signal: AbortSignal): Promise<Token[]> {
  return (await api.get('/api/v1/api-tokens', { signal })).tokens;
}

/** Makes a token; its text, which is shown once. */
export async function create(body: Schemas['NewApiToken']): Promise<string> {
  return (await api.post('/api/v1/api-tokens', { body })).token;
}

export function drop(id: string) {
  return api.delete('/api/v1/api-tokens/{id}', { path: { id } });
}
