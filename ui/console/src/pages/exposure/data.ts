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
