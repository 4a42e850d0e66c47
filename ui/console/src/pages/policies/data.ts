import { api } from '../../app/session.svelte.ts';

/** Bundles, newest first. */
export async function bundles(signal: AbortSignal) {
  return (await api.get('/api/v1/bundles', { query: { limit: 100 }, signal })).bundles;
}

/** Devices counted by what they say they run. */
export function running(signal: AbortSignal) {
  return api.get('/api/v1/bundles/running', { signal });
}

/** Roll-outs, newest first; those at an end only where they are asked for. */
export async function rollouts(ended: boolean, signal: AbortSignal) {
  return (await api.get('/api/v1/rollouts', { query: { ended, limit: 20 }, signal })).rollouts;
}

const TYPE = 'application/vnd.weir.bundle.v1+json';

/** Gives a signed bundle to the devices of its audience. */
export async function publish(file: File) {
  return api.post('/api/v1/bundles', { body: new Blob([await file.arrayBuffer()], { type: TYPE }) });
}
