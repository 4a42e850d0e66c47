import type { Schemas } from '../../api/client.ts';
import { api } from '../../app/session.svelte.ts';

/** All records of an event, oldest first. Reading them is entered in the journal. */
export async function load(
  event: string,
  purpose: string,
  signal: AbortSignal,
): Promise<Schemas['EventShown'][]> {
  const { records } = await api.get('/api/v1/events/{event}', {
    path: { event },
    query: { purpose },
    signal,
  });
  return records;
}

/** Appeals about an event, also those that were answered, newest first. */
export async function appeals(event: string, signal: AbortSignal): Promise<Schemas['AlertShown'][]> {
  const query = { rule: 'appeal' as const, event, closed: true };
  return (await api.get('/api/v1/alerts', { query, signal })).alerts;
}
