import type { SelfTestStep } from '../api/wire.ts';

/** The steps of a self-test with one that has ended: in their order of arrival, each once. */
export function stepsWith(steps: readonly SelfTestStep[], step: SelfTestStep): SelfTestStep[] {
  const at = steps.findIndex(({ name }) => name === step.name);
  return at < 0 ? [...steps, step] : steps.with(at, step);
}
