import type { Schemas } from '../../api/client.ts';
import { api } from '../../app/session.svelte.ts';

export type Draft = Schemas['DraftShown'];

/** Drafts, newest first. */
export async function list(closed: boolean, signal: AbortSignal): Promise<Draft[]> {
  return (await api.get('/api/v1/drafts', { query: { closed, limit: 100 }, signal })).drafts;
}

/** Begins a draft from a published bundle; 0: from the pack that is built in. */
export function begin(name: string, base: number): Promise<Draft> {
  return api.post('/api/v1/drafts', { body: { name: name.trim(), base } });
}
