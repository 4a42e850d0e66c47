import type { Schemas } from '../../api/client.ts';
import { api } from '../../app/session.svelte.ts';

export type Request = Schemas['ExceptionShown'];
export type State = Request['state'];

/** How a request may stand, in the order people read it. */
export const STATES: readonly State[] = ['pending', 'approved', 'refused', 'expired', 'revoked'];

/** Requests that stand so, newest first; all of them for any other word. */
export async function list(state: string, signal: AbortSignal): Promise<Request[]> {
  const known = STATES.find((one) => one === state);
  return (await api.get('/api/v1/exceptions', { query: { state: known, limit: 500 }, signal })).exceptions;
}

export function approve(request: Request, hours: number, uses: number) {
  return api.post('/api/v1/exceptions/{id}/approve', { path: { id: request.id }, body: { hours, uses } });
}

export function refuse(request: Request, why: string) {
  return api.post('/api/v1/exceptions/{id}/refuse', { path: { id: request.id }, body: { why: why.trim() } });
}

export function revoke(request: Request, why: string) {
  return api.post('/api/v1/exceptions/{id}/revoke', { path: { id: request.id }, body: { why: why.trim() } });
}

/** The mark of a state. */
export function stateMark(state: State): string {
  const marks: Record<State, string> = {
    pending: 'waiting',
    approved: 'good',
    refused: 'bad',
    expired: 'off',
    revoked: 'bad',
  };
  return marks[state];
}

/** What somebody may still do about a request. */
export function stillPossible(request: Request, name: string | undefined): 'decide' | 'revoke' | 'nothing' {
  if (request.state === 'approved') return 'revoke';
  const said = request.approvals.some((approval) => approval.by === name);
  return request.state === 'pending' && !said ? 'decide' : 'nothing';
}
