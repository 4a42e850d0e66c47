import type { Schemas } from '../../api/client.ts';
import { api } from '../../app/session.svelte.ts';

export type Revision = Schemas['RevisionFull'];
export type Change = Schemas['Change'];

export function load(draft: string, signal: AbortSignal) {
  return api.get('/api/v1/drafts/{draft}', { path: { draft }, signal });
}

export function revision(draft: string, number: number, signal: AbortSignal): Promise<Revision> {
  return api.get('/api/v1/drafts/{draft}/revisions/{number}', { path: { draft, number }, signal });
}

/** Saves the next revision; its number. */
export async function save(
  draft: string,
  from: Revision,
  packs: Record<string, string>,
  note: string,
): Promise<number> {
  const { number: previous, base, catalogue } = from.revision;
  const body = { previous, base, catalogue, pack: from.pack, packs, note: note.trim() };
  return (await api.post('/api/v1/drafts/{draft}/revisions', { path: { draft }, body })).number;
}

export function close(draft: string) {
  return api.post('/api/v1/drafts/{draft}/close', { path: { draft } });
}

/** Dry runs of a revision, newest first. */
export async function dryRuns(draft: string, number: number, signal: AbortSignal) {
  const path = { draft, number };
  return (await api.get('/api/v1/drafts/{draft}/revisions/{number}/dry-runs', { path, signal })).dry_runs;
}

const WEEK = 7 * 86_400_000;

/** Asks what it would have decided about the records of a week. */
export function dryRun(draft: string, number: number, now: number) {
  const path = { draft, number };
  return api.post('/api/v1/drafts/{draft}/revisions/{number}/dry-runs', {
    path,
    body: { since: now - WEEK },
  });
}

/** Slowly: a few first, with time to see what happens. */
const SLOWLY: Schemas['Stage'][] = [
  { percent: 5, groups: [], minutes: 60 },
  { percent: 25, groups: [], minutes: 60 },
  { percent: 100, groups: [] },
];

/** Proposes a revision to groups, whose names stand with commas between them. */
export function propose(
  draft: string,
  number: number,
  audience: string,
  days: number,
  why: string,
  slowly: boolean,
) {
  const body = { audience: groups(audience), days, why: why.trim(), stages: slowly ? SLOWLY : [] };
  return api.post('/api/v1/drafts/{draft}/revisions/{number}/proposals', { path: { draft, number }, body });
}

/** `a, b` as names, each once. */
export function groups(text: string): string[] {
  return [...new Set(text.split(',').map((name) => name.trim()))].filter((name) => name !== '');
}

/** True when a text is not as it was saved. */
export function isChanged(saved: Record<string, string>, edited: Record<string, string>): boolean {
  return Object.entries(saved).some(([name, source]) => edited[name] !== source);
}

/** Where a line begins in a text, and where it ends. Lines count from 1; those behind the last are the last. */
export function lineAt(source: string, line: number): [number, number] {
  const lines = source.split('\n');
  const index = Math.min(Math.max(line, 1), lines.length) - 1;
  const begin = lines.slice(0, index).reduce((sum, text) => sum + text.length + 1, 0);
  return [begin, begin + (lines[index]?.length ?? 0)];
}
