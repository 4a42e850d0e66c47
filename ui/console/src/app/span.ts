import { exact, fromField } from '@weir/shared/format.ts';
import { text } from './text.ts';

/** A time that was asked for at `asked`, in words; `since` and `until` as fields have them, empty: until then. */
export function spanInWords({ since, until }: { since: string; until: string }, asked: number): string {
  return text.span(exact(fromField(since) ?? 0), exact(fromField(until) ?? asked));
}
