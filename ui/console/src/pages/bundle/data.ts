import type { Schemas } from '../../api/client.ts';
import { api } from '../../app/session.svelte.ts';

export type Inside = Schemas['Inside'];

export function load(number: number, signal: AbortSignal): Promise<Inside> {
  return api.get('/api/v1/bundles/{number}', { path: { number }, signal });
}

/** Packs, the one in force first. */
export function packs(inside: Inside): [string, string][] {
  const all = Object.entries(inside.packs);
  return all.sort(
    ([one], [other]) =>
      Number(other === inside.pack) - Number(one === inside.pack) || one.localeCompare(other),
  );
}
