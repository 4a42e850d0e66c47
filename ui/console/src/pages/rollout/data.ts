import type { Schemas } from '../../api/client.ts';
import { api } from '../../app/session.svelte.ts';
import { text } from './text.ts';

export type Rollout = Schemas['RolloutShown'];
export type Deed = 'advance' | 'pause' | 'resume' | 'back';

export function load(bundle: number, signal: AbortSignal): Promise<Rollout> {
  return api.get('/api/v1/rollouts/{bundle}', { path: { bundle }, signal });
}

/** Steers it; where to is asked of a roll-back alone. */
export function steer(bundle: number, deed: Deed, why: string, to: number): Promise<unknown> {
  const path = { bundle };
  const body = { why: why.trim() };
  if (deed === 'advance') return api.post('/api/v1/rollouts/{bundle}/advance', { path, body });
  if (deed === 'pause') return api.post('/api/v1/rollouts/{bundle}/pause', { path, body });
  if (deed === 'resume') return api.post('/api/v1/rollouts/{bundle}/resume', { path, body });
  return api.post('/api/v1/rollouts/{bundle}/roll-back', { path, body: { ...body, to } });
}

/** What may be done with one that stands so. */
export function deeds(state: Rollout['state']): Deed[] {
  if (state === 'running') return ['pause', 'advance', 'back'];
  return state === 'paused' ? ['resume', 'back'] : [];
}

/** The mark of a state. */
export function mark(state: Rollout['state']): string {
  return { running: 'waiting', paused: 'warn', 'rolled-back': 'bad', overtaken: 'off', done: 'good' }[state];
}

/** A state in words, with the bundle that overtook it. */
export function stateWord({ state, overtaken_by }: Pick<Rollout, 'state' | 'overtaken_by'>): string {
  return typeof overtaken_by === 'number' ? text.overtaken(String(overtaken_by)) : text.states[state];
}
