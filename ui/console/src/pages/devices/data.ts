import type { Schemas } from '../../api/client.ts';
import { api } from '../../app/session.svelte.ts';

export type Device = Schemas['DeviceShown'];

/** Conditions as the address has them. */
export interface Conditions {
  name: string;
  group: string;
  /** `served`, `revoked`, or empty for both. */
  state: string;
  bundle: string;
}

export function list({ name, group, state, bundle }: Conditions, after: string, signal: AbortSignal) {
  const revoked = state === 'revoked' ? true : state === 'served' ? false : undefined;
  const number = /^\d+$/.test(bundle) ? Number(bundle) : undefined;
  const query = { name, group, revoked, bundle: number, after: after || undefined, limit: 100 };
  return api.get('/api/v1/devices', { query, signal });
}

const WEEK = 7 * 86_400_000;

/** How a device stands: the mark, and the word for it in the page's texts. */
export function standing(
  device: Device,
  now: number,
): { mark: string; word: 'isRevoked' | 'silent' | 'serving' } {
  if (device.revoked) return { mark: 'off', word: 'isRevoked' };
  if (now - device.seen > WEEK) return { mark: 'waiting', word: 'silent' };
  return { mark: 'good', word: 'serving' };
}
