import { api } from '../../app/session.svelte.ts';

export function load(alert: string, signal: AbortSignal) {
  return api.get('/api/v1/alerts/{alert}', { path: { alert }, signal });
}

/** Says that somebody looks: its clock stops. */
export function look(alert: string) {
  return api.post('/api/v1/alerts/{alert}/acknowledge', { path: { alert } });
}

export function close(alert: string, note: string) {
  return api.post('/api/v1/alerts/{alert}/close', { path: { alert }, body: { note: note.trim() } });
}
