import { api } from '../../app/session.svelte.ts';

export function load(id: string, signal: AbortSignal) {
  return api.get('/api/v1/devices/{id}', { path: { id }, signal });
}

/** Serves it no more, at once. */
export function revoke(id: string) {
  return api.post('/api/v1/devices/{id}/revoke', { path: { id } });
}
