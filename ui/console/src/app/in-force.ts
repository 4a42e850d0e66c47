import type { Schemas } from '../api/client.ts';

export type Directive = Schemas['DirectiveShown'];

/**
 * The directives that hold now, newest first: for each audience, the newest is the whole state, and one for all devices takes
 * the place of older ones for groups. What orders policy as it is holds nothing. `now` in milliseconds since 1970.
 */
export function inForce(directives: readonly Directive[], now: number): Directive[] {
  const newestFirst = [...directives].sort((one, other) => other.epoch - one.epoch);
  const holding: Directive[] = [];
  const seen = new Set<string>();
  for (const directive of newestFirst) {
    const audience = directive.group ?? '';
    if (!seen.has(audience)) {
      seen.add(audience);
      if (directive.directive !== 'resume' && directive.expires > now) holding.push(directive);
    }
    // Devices of every group follow this one, or a newer one that was seen before.
    if (!directive.group) break;
  }
  return holding;
}

/** True when a newer one took its place on all devices it was for. */
export function isReplaced(directive: Directive, all: readonly Directive[]): boolean {
  return all.some(
    (other) => other.epoch > directive.epoch && (!other.group || other.group === directive.group),
  );
}
