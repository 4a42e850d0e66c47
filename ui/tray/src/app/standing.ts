import type { Connection, Directive, HeldMessage, Lifted, Problem, Status } from '../api/wire.ts';

/** How this laptop stands, the most pressing first. */
export type Standing =
  | { kind: 'unknown' }
  | { kind: 'starting' }
  | { kind: 'offline' }
  | { kind: 'mismatch'; older: 'agent' | 'window' }
  | { kind: 'not_ours' }
  | { kind: 'waiting'; count: number }
  | { kind: 'ordered'; directive: Directive }
  | { kind: 'lifted'; lifted: Lifted }
  | { kind: 'attention'; problems: readonly Problem[] }
  | { kind: 'protected' };

/** The standing from what is known. A message that waits comes before what is merely wrong: somebody waits for it. */
export function standing(
  connection: Connection | undefined,
  status: Status | undefined,
  held: readonly HeldMessage[] | undefined,
): Standing {
  switch (connection?.state) {
    case undefined:
      return { kind: 'unknown' };
    case 'starting':
      return { kind: 'starting' };
    case 'offline':
      return { kind: 'offline' };
    case 'too_old':
      return { kind: 'mismatch', older: 'agent' };
    case 'too_new':
      return { kind: 'mismatch', older: 'window' };
    case 'not_ours':
      return { kind: 'not_ours' };
    case 'connected':
      return status === undefined ? { kind: 'unknown' } : connected(status, held?.length ?? status.held);
  }
}

function connected(status: Status, waiting: number): Standing {
  if (waiting > 0) return { kind: 'waiting', count: waiting };
  if (status.directive) return { kind: 'ordered', directive: status.directive };
  const [lifted] = status.lifted ?? [];
  if (lifted) return { kind: 'lifted', lifted };
  const problems = wrong(status);
  if (problems.length > 0) return { kind: 'attention', problems };
  return { kind: 'protected' };
}

/** What is wrong. A directive is wanted, and so is what a code lifts; both are said elsewhere. */
export function wrong({ problems }: Status): Problem[] {
  return problems.filter(({ code }) => code !== 'directive' && code !== 'override');
}

/** True where something holds that a code of the administrators could lift. */
export function isLiftable(status: Status | undefined): boolean {
  if (!status?.server) return false;
  const isStale = status.freshness?.state === 'over' && !status.lifted?.some(({ what }) => what === 'stale');
  return status.directive !== undefined || isStale;
}
