import type { Schemas } from '../../api/client.ts';
import { api } from '../../app/session.svelte.ts';

export type Mute = Schemas['MuteShown'];

export async function list(signal: AbortSignal): Promise<Mute[]> {
  return (await api.get('/api/v1/mutes', { signal })).mutes;
}

/** Mutes a rule, about one subject or all (empty). Another mute of the same is replaced. */
export function mute(rule: Mute['rule'], subject: string, hours: number, why: string) {
  const about = subject.trim() === '' ? {} : { subject: subject.trim() };
  return api.post('/api/v1/mutes', { body: { rule, hours, why: why.trim(), ...about } });
}

export function unmute(mute: Mute) {
  return api.delete('/api/v1/mutes/{rule}', {
    path: { rule: mute.rule },
    query: { subject: mute.subject ?? undefined },
  });
}
