import { fromField } from '@weir/shared/format.ts';
import type { Schemas } from '../../api/client.ts';
import { api } from '../../app/session.svelte.ts';

export type Exposure = Schemas['Exposure'];

/** What is asked, as fields have it. */
export interface Question {
  provider: string;
  since: string;
  until: string;
  purpose: string;
}

/** Asks. It is entered in the journal, with the purpose. */
export function ask({ provider, since, until, purpose }: Question): Promise<Exposure> {
  const query = {
    provider: provider.trim(),
    purpose: purpose.trim(),
    since: fromField(since) ?? 0,
    until: fromField(until),
  };
  return api.get('/api/v1/exposure', { query });
}

/**
 * What an answer says: that something left or was kept, that nothing was sent, or no more than that no record says so. The
 * last where some could not be read, or arrived at a time of which none are kept.
 */
export function verdict(
  { since }: Pick<Question, 'since'>,
  { messages, kept, unread, kept_since }: Pick<Exposure, 'messages' | 'kept' | 'unread' | 'kept_since'>,
): 'something' | 'nothing' | 'unsaid' {
  if (messages > 0 || kept > 0) return 'something';
  const isWhole = unread === 0 && (kept_since ?? 0) <= (fromField(since) ?? 0);
  return isWhole ? 'nothing' : 'unsaid';
}
