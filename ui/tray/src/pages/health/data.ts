import type { CheckState, DoctorCheck } from '../../api/wire.ts';

const ORDER: readonly CheckState[] = ['failed', 'warning', 'ok', 'skipped'];

/** What needs something done stands first; otherwise the order stays. */
export function sorted(checks: readonly DoctorCheck[]): DoctorCheck[] {
  return [...checks].sort((one, other) => ORDER.indexOf(one.state) - ORDER.indexOf(other.state));
}
