import type { Schemas } from '../../api/client.ts';
import { api } from '../../app/session.svelte.ts';

export type Token = Schemas['EnrolmentTokenShown'];

export async function list(signal: AbortSignal): Promise<Token[]> {
  return (await api.get('/api/v1/enrolment-tokens', { signal })).tokens;
}

export function create(body: Schemas['NewEnrolmentToken']) {
  return api.post('/api/v1/enrolment-tokens', { body });
}

export function drop(id: string) {
  return api.delete('/api/v1/enrolment-tokens/{id}', { path: { id } });
}
