import type { Schemas } from '../../api/client.ts';
import { api } from '../../app/session.svelte.ts';

export type Request = Schemas['ProviderRequestShown'];
export type Obligation = Schemas['ObligationShown'];
export type Question = keyof Schemas['Answers'];
export type Answers = Record<Question, string>;
export type Kind = Obligation['kind'];

/** The six questions, in the order they are asked. */
export const QUESTIONS: readonly Question[] = ['data', 'training', 'retention', 'others', 'contract', 'end'];

/** What can be promised, in the order people look for it. */
export const KINDS: readonly Kind[] = [
  'zero-retention',
  'no-training',
  'retention',
  'region',
  'breach-notice',
  'audit-right',
  'processing-agreement',
  'associate-agreement',
  'soc2',
  'iso27001',
  'subprocessors',
];

/** Tiers that a contract can be about. */
export const TIERS = ['consumer', 'team', 'enterprise', 'api'] as const;

/** Requests, newest first; only those that wait, unless all are wanted. */
export async function requests(all: boolean, signal: AbortSignal): Promise<Request[]> {
  const query = { state: all ? undefined : ('pending' as const), limit: 500 };
  return (await api.get('/api/v1/provider-requests', { query, signal })).requests;
}

/** What providers have promised, what ends first before the others. */
export async function obligations(signal: AbortSignal): Promise<Obligation[]> {
  return (await api.get('/api/v1/obligations', { query: { limit: 1000 }, signal })).obligations;
}

export interface Wanted {
  provider: string;
  business_case: string;
  level: Request['level'];
  answers: Answers;
}

export function ask(wanted: Wanted) {
  return api.post('/api/v1/provider-requests', { body: { ...wanted, provider: wanted.provider.trim() } });
}

/** Answers what whoever asked has left open. */
export function answer(request: Request, found: Partial<Answers>) {
  const given = (question: Question) => found[question]?.trim() || null;
  const body = {
    data: given('data'),
    training: given('training'),
    retention: given('retention'),
    others: given('others'),
    contract: given('contract'),
    end: given('end'),
  };
  return api.post('/api/v1/provider-requests/{id}/answers', { path: { id: request.id }, body });
}

/** Questions that nobody has answered yet. */
export function open(request: Request): Question[] {
  return QUESTIONS.filter((question) => !request.answers[question]);
}

export function decide(request: Request, approved: boolean, why: string) {
  const given = { path: { id: request.id }, body: { why: why.trim() } };
  return approved
    ? api.post('/api/v1/provider-requests/{id}/approve', given)
    : api.post('/api/v1/provider-requests/{id}/refuse', given);
}

export function withdraw(request: Request) {
  return api.post('/api/v1/provider-requests/{id}/withdraw', { path: { id: request.id } });
}

export interface Promised {
  provider: string;
  tier: string;
  kind: Kind;
  number: number | undefined;
  place: string;
  document: File;
  until: string;
}

/** Enters a promise. Of the document, the server gets its name and its digest, and nothing else. */
export async function enter(promised: Promised) {
  const { provider, tier, kind, number, place, document, until } = promised;
  const tiers = TIERS.filter((one) => one === tier);
  const body = {
    provider: provider.trim(),
    tiers,
    kind,
    ...(counts(kind) ? { number } : {}),
    ...(kind === 'region' ? { place: place.trim() } : {}),
    document: document.name.slice(0, 200),
    digest: hex(await crypto.subtle.digest('SHA-256', await document.arrayBuffer())),
    until,
  };
  return api.post('/api/v1/obligations', { body });
}

export function end(obligation: Obligation, why: string) {
  return api.post('/api/v1/obligations/{id}/end', {
    path: { id: obligation.id },
    body: { why: why.trim() },
  });
}

export async function pack(): Promise<string> {
  return (await api.get('/api/v1/register/pack', {})).pack;
}

/** Whether a promise of this kind says a number. */
export function counts(kind: Kind): boolean {
  return kind === 'retention' || kind === 'breach-notice';
}

/** Bytes as people compare them. */
export function hex(bytes: ArrayBuffer): string {
  return [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** How a promise stands on a day: it counts, it ends within thirty days, or it counts no more. */
export function standing(obligation: Obligation, now: number): 'good' | 'soon' | 'over' {
  if (!obligation.counts) return 'over';
  const days = (Date.parse(`${obligation.until}T00:00:00Z`) - now) / 86_400_000;
  return days <= 30 ? 'soon' : 'good';
}

/** What somebody may do about a request: nobody decides about their own. */
export function possible(
  request: Request,
  name: string | undefined,
  decides: boolean,
): 'decide' | 'withdraw' | 'look' {
  if (request.state !== 'pending') return 'look';
  if (request.asked_by === name) return 'withdraw';
  return decides ? 'decide' : 'look';
}
