import { exact } from '@weir/shared/format.ts';
import type { Schemas } from '../../api/client.ts';
import { api } from '../../app/session.svelte.ts';
import { text } from './text.ts';

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

/** Name of a device, for whoever decides about its keys. */
export async function nameOf(id: string, signal: AbortSignal): Promise<string> {
  return (await api.get('/api/v1/devices/{id}', { path: { id }, signal })).name;
}

/** Which keys go, in words: the one that is named, or all that the device has. */
export function keyInWords(deletion: Deletion, keys: readonly Key[]): string {
  if (deletion.key === undefined) return text.deletion.everyKeyOf;
  const key = keys.find(({ number }) => number === deletion.key);
  return key ? text.deletion.keyOf(key.number, exact(key.made)) : String(deletion.key);
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
