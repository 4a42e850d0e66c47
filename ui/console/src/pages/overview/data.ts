import type { Schemas } from '../../api/client.ts';
import { api } from '../../app/session.svelte.ts';

export type Overview = Schemas['Overview'];
type Slot = Schemas['Slot'];
type Alert = Schemas['AlertShown'];

/** How the fleet stood over some days, up to now; days begin where they do here. */
export function load(days: number, signal: AbortSignal): Promise<Overview> {
  const ahead = -new Date().getTimezoneOffset();
  return api.get('/api/v1/overview', { query: { days, ahead }, signal });
}

/** How many alerts the page shows. */
const SHOWN = 6;

/**
 * The alerts that somebody should look at first. Urgent ones are asked for alone, and less urgent ones where there is room
 * for them: among the newest of all, many that are new would hide an urgent one that waits.
 */
export async function pressing(signal: AbortSignal): Promise<Alert[]> {
  const found = new Map<string, Alert>();
  for (const urgency of [3, 2, 1]) {
    const { alerts } = await api.get('/api/v1/alerts', { query: { urgency, limit: 200 }, signal });
    for (const alert of alerts) found.set(alert.id, alert);
    if (found.size >= SHOWN) break;
  }
  return [...found.values()]
    .sort((one, other) => other.urgency - one.urgency || other.last - one.last)
    .slice(0, SHOWN);
}

/** A row of a chart: a name and its number in each slot. */
export interface Series {
  name: string;
  values: number[];
}

/** What is counted by action or level, as rows; names without any count stay, so that colours and places do. */
export function series(slots: readonly Slot[], by: 'actions' | 'levels', names: readonly string[]): Series[] {
  return names.map((name) => ({ name, values: slots.map((slot) => slot[by][name] ?? 0) }));
}

/** All of a row. */
export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Each row on top of those before it: where its bar ends. */
export function stacked(rows: readonly Series[]): number[][] {
  const ends: number[][] = [];
  for (const row of rows) {
    const below = ends.at(-1);
    ends.push(row.values.map((value, index) => value + (below?.[index] ?? 0)));
  }
  return ends;
}

/** A share in per cent, of nothing: none. */
export function percent(part: number, whole: number): string {
  if (whole === 0 || part === 0) return '0 %';
  const share = (part / whole) * 100;
  if (share > 0 && share < 0.1) return '< 0.1 %';
  return `${share < 10 ? share.toFixed(1) : Math.round(share)} %`;
}

/** Parts of a bar 100 wide, in their order; parts of nothing are left out. */
export function parts(counts: Record<string, number>, names: readonly string[]) {
  const whole = sum(Object.values(counts));
  let from = 0;
  return names.flatMap((name) => {
    const width = whole === 0 ? 0 : ((counts[name] ?? 0) / whole) * 100;
    const part = { name, from, width };
    from += width;
    return width > 0 ? [part] : [];
  });
}
