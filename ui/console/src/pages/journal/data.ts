import { stamp } from '@weir/shared/format.ts';
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

/** How the log of what the server acknowledged stands, and how many laptops have cosigned it. */
export function serverLog(signal: AbortSignal) {
  return api.get('/api/v1/log', { signal });
}

/** Details of a row in one line: `role analyst, days 7`. Times are written as such, and what is empty is left out. */
export function details(of: unknown): string {
  if (typeof of !== 'object' || of === null) return '';
  const parts = Object.entries(of).flatMap(([name, value]) => {
    const said = Array.isArray(value) ? value.join(', ') : plain(name, value);
    return said === '' ? [] : [`${name.replaceAll('_', ' ')} ${said}`];
  });
  return parts.join(' · ');
}

const TIMES = ['expires', 'until', 'since', 'before'];

function plain(name: string, value: unknown): string {
  if (typeof value === 'object') return value === null ? '' : `(${details(value)})`;
  if (typeof value === 'number' && TIMES.includes(name) && value > 1e12) return stamp(value);
  return String(value);
}
