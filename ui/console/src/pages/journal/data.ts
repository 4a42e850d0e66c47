import type { Schemas } from '../../api/client.ts';
import { api } from '../../app/session.svelte.ts';

export const ROWS = 50;

/** Rows before a number, newest first; empty: the newest. */
export async function list(before: string, signal: AbortSignal): Promise<Schemas['RowShown'][]> {
  const number = /^\d+$/.test(before) ? Number(before) : undefined;
  return (await api.get('/api/v1/journal', { query: { before: number, limit: ROWS }, signal })).rows;
}

/** Holds the whole journal against its hashes and signed heads. */
export function verify() {
  return api.get('/api/v1/journal/verification');
}

/** Details of a row in one line: `role: analyst, days: 7`. */
export function details(of: unknown): string {
  if (typeof of !== 'object' || of === null) return '';
  return Object.entries(of)
    .map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ');
}
