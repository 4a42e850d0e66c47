import { fromField } from '@weir/shared/format.ts';
import type { Schemas } from '../../api/client.ts';
import { api } from '../../app/session.svelte.ts';

export type Subject = Schemas['SubjectFound'];
export type Absence = Schemas['Absence'];
export type Flows = Schemas['Flows'];
export type Term = Schemas['Term'];

/** A time and a purpose, as fields have them. */
export interface Asked {
  since: string;
  until: string;
  purpose: string;
}

const times = ({ since, until }: Asked) => ({ since: fromField(since) ?? 0, until: fromField(until) ?? 0 });

/** Searches for a value. It is sent as a body, and kept nowhere. */
export function subject(asked: Asked & { value: string; type: string }): Promise<Subject> {
  const { value, type, purpose } = asked;
  return api.post('/api/v1/reports/subject', {
    body: {
      value: value.trim(),
      ...(type.trim() === '' ? {} : { data_type: type.trim() }),
      ...times(asked),
      purpose: purpose.trim(),
    },
  });
}

/** Looks whether a class of data reached a place. */
export function absence(asked: Asked & { what: string; to: string }): Promise<Absence> {
  const query = {
    class: asked.what.trim(),
    to: asked.to.trim(),
    ...times(asked),
    purpose: asked.purpose.trim(),
  };
  return api.get('/api/v1/reports/absence', { query });
}

/** Counts what went where. */
export function flows(asked: Asked): Promise<Flows> {
  return api.get('/api/v1/reports/flows', { query: { ...times(asked), purpose: asked.purpose.trim() } });
}

/** The same as a picture. Each time it is asked for is entered in the journal. */
export function pictureOf(asked: Asked, signal: AbortSignal): Promise<Blob> {
  const query = { ...times(asked), purpose: asked.purpose.trim() };
  return api.file('/api/v1/reports/flows.svg', { query, signal });
}

/** All that arrived in a time, for somebody who verifies it. `came` is told how many bytes are here. */
export function pack(asked: Asked, came: (bytes: number) => void, signal: AbortSignal): Promise<Blob> {
  const query = { ...times(asked), purpose: asked.purpose.trim() };
  return api.file('/api/v1/reports/pack', { query, signal }, came);
}

/** A name for the pack that says which time it is of. */
export function packName({ since, until }: Asked): string {
  return `weir-evidence-${since.slice(0, 10)}-${until.slice(0, 10)}.tar`;
}
