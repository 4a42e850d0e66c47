import type { Schemas } from '../../api/client.ts';
import { api } from '../../app/session.svelte.ts';

export type Deletion = Schemas['DeletionShown'];
export type Key = Schemas['SearchKeyShown'];

/** Deletions, newest first. */
export async function deletions(signal: AbortSignal): Promise<Deletion[]> {
  return (await api.get('/api/v1/deletions', { query: { limit: 100 }, signal })).deletions;
}

/** Keys of which something is left, newest first. */
export async function keys(signal: AbortSignal): Promise<Key[]> {
  const all = (await api.get('/api/v1/search-keys', { signal })).keys;
  return all.filter((key) => key.destroyed === undefined).reverse();
}

export interface Wanted {
  key: string;
  device: string;
  why: string;
}

/** Asks that keys are destroyed. */
export function ask({ key, device, why }: Wanted) {
  const body = {
    ...(key === '' ? {} : { key: Number(key) }),
    ...(device.trim() === '' ? {} : { device: device.trim() }),
    why: why.trim(),
  };
  return api.post('/api/v1/deletions', { body });
}

/** Agrees: the keys are destroyed. */
export function approve({ id }: Deletion) {
  return api.post('/api/v1/deletions/{id}/approve', { path: { id } });
}

/** Refuses it, or takes one's own back. */
export function refuse({ id }: Deletion, why: string) {
  return api.post('/api/v1/deletions/{id}/refuse', { path: { id }, body: { why: why.trim() } });
}

/** The receipt, as a file. */
export function receipt({ id }: Deletion): Promise<Blob> {
  return api.file('/api/v1/deletions/{id}/receipt', { path: { id } });
}
