import { dayBefore } from '@weir/shared/format.ts';
import type { Schemas } from '../../api/client.ts';
import { api } from '../../app/session.svelte.ts';

export type Week = Schemas['Week'];

const DAY = 86_400_000;
const WEEK = 7 * DAY;
/** The first of January 1970 was a Thursday. */
const FIRST_MONDAY = 4 * DAY;

/** A week of ISO 8601, in UTC: from a Monday until the next. */
export interface IsoWeek {
  since: number;
  until: number;
}

/** The last weeks that are over, the latest first. */
export function lastWeeks(now: number, howMany = 12): IsoWeek[] {
  const end = Math.floor((now - FIRST_MONDAY) / WEEK) * WEEK + FIRST_MONDAY;
  return Array.from({ length: howMany }, (_, back) => {
    const until = end - back * WEEK;
    return { since: until - WEEK, until };
  });
}

/** Its number: that of the first of January is in the year that its Thursday is in. */
export function weekNumber({ since }: IsoWeek): number {
  const thursday = since + 3 * DAY;
  const newYear = Date.UTC(new Date(thursday).getUTCFullYear(), 0, 1);
  return 1 + Math.floor((thursday - newYear) / WEEK);
}

/** Its first and its last day. */
export function days({ since, until }: IsoWeek): [string, string] {
  return [dayBefore(since + DAY), dayBefore(until)];
}

/** Counts a week. */
export function week({ until }: IsoWeek): Promise<Week> {
  return api.get('/api/v1/reports/week', { query: { until } });
}

/** The same as a paper. */
export function weekPaper({ until }: IsoWeek): Promise<Blob> {
  return api.file('/api/v1/reports/week.pdf', { query: { until } });
}

/** A name for the paper that says which week it is of: as the server names those that it writes by itself. */
export function paperName({ since }: IsoWeek): string {
  return `weir-week-${new Date(since).toISOString().slice(0, 10)}.pdf`;
}

export interface Figures {
  /** None for all of them. */
  level: string | undefined;
  messages: number;
  sent: number;
  rewritten: number;
  kept: number;
}

/** Messages in all, and by level. */
export function figures(counted: Pick<Week, 'sent' | 'rewritten' | 'kept' | 'levels'>): Figures[] {
  const { sent, rewritten, kept } = counted;
  const rows = [{ name: undefined, sent, rewritten, kept }, ...counted.levels];
  return rows.map((row) => ({
    level: row.name,
    messages: row.sent + row.rewritten + row.kept,
    sent: row.sent,
    rewritten: row.rewritten,
    kept: row.kept,
  }));
}
