import type { Schemas } from '../../api/client.ts';
import { api } from '../../app/session.svelte.ts';
import { terms } from '../../app/terms.ts';

export type Alert = Schemas['AlertShown'];
export type Rule = Alert['rule'];

/** All rules, in the order people read them. */
export const RULES = Object.keys(terms.rules) as Rule[];

/** The most that are shown: more are read by nobody. */
export const MOST = 500;

/** Alerts, newest first, no more than `MOST`; conditions as the address has them. */
export async function list(
  closed: boolean,
  rule: string,
  urgency: string,
  signal: AbortSignal,
): Promise<Alert[]> {
  const known = RULES.find((one) => one === rule);
  const least = ['2', '3'].includes(urgency) ? Number(urgency) : undefined;
  const query = { closed, rule: known, urgency: least, limit: MOST };
  return (await api.get('/api/v1/alerts', { query, signal })).alerts;
}

/** The mark and word of a state. */
export function stateMark(state: string): string {
  return state === 'closed' ? 'good' : state === 'acknowledged' ? 'waiting' : 'open';
}
