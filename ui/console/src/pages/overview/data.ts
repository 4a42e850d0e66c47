import type { Schemas } from '../../api/client.ts';
import { api } from '../../app/session.svelte.ts';

export type Overview = Schemas['Overview'];
type Slot = Schemas['Slot'];

/** How the fleet stood over some days, up to now; days begin where they do here. */
export function load(days: number, signal: AbortSignal): Promise<Overview> {
  const ahead = -new Date().getTimezoneOffset();
  return api.get('/api/v1/overview', { query: { days, ahead }, signal });
}

/** The alerts that somebody should look at first. */
export async function pressing(signal: AbortSignal): Promise<Schemas['AlertShown'][]> {
  const { alerts } = await api.get('/api/v1/alerts', { query: { limit: 200 }, signal });
  return [...alerts].sort((one, other) => other.urgency - one.urgency || other.last - one.last).slice(0, 6);
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
