import type { Schemas } from '../../api/client.ts';
import { api } from '../../app/session.svelte.ts';

export type Proposal = Schemas['ProposalShown'];

/** Proposals, newest first. */
export async function list(signal: AbortSignal): Promise<Proposal[]> {
  return (await api.get('/api/v1/proposals', { query: { limit: 100 }, signal })).proposals;
}

export function load(proposal: string, signal: AbortSignal): Promise<Proposal> {
  return api.get('/api/v1/proposals/{proposal}', { path: { proposal }, signal });
}

/** Says yes or no, and why. */
export function decide(proposal: string, approves: boolean, why: string): Promise<Proposal> {
  const given = { path: { proposal }, body: { why: why.trim() } };
  return approves
    ? api.post('/api/v1/proposals/{proposal}/approve', given)
    : api.post('/api/v1/proposals/{proposal}/refuse', given);
}

const TYPE = 'application/vnd.weir.bundle.v1+json';

/** What is to be signed: JSON, as its signatures are made over what stands in it and not over its spaces. */
export async function payload(proposal: string): Promise<Blob> {
  const envelope = await api.post('/api/v1/proposals/{proposal}/payload', { path: { proposal } });
  return new Blob([JSON.stringify(envelope)], { type: TYPE });
}

/** Brings back what was signed. */
export async function publish(proposal: string, file: File) {
  const body = new Blob([await file.arrayBuffer()], { type: TYPE });
  return api.post('/api/v1/proposals/{proposal}/signed', { path: { proposal }, body });
}

/** The mark of a state. */
export function mark(state: Proposal['state']): string {
  return { open: 'waiting', approved: 'open', refused: 'bad', published: 'good' }[state];
}
