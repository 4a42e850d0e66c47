import { describe, expect, it } from 'vitest';
import { inForce, isReplaced, type Directive } from './in-force.ts';

const NOW = 1_000_000;

function given(
  epoch: number,
  directive: Directive['directive'],
  group?: string,
  expires = NOW + 1,
): Directive {
  return {
    epoch,
    directive,
    expires,
    issued: 0,
    reason: '',
    devices: 0,
    took: 0,
    ...(group ? { group } : {}),
  };
}

function epochs(...directives: Directive[]): number[] {
  return inForce(directives, NOW).map((directive) => directive.epoch);
}

describe('directives in force', () => {
  it('the newest for an audience is the whole state', () => {
    expect(epochs(given(1, 'lockdown'), given(2, 'resume'))).toEqual([]);
    expect(epochs(given(2, 'block'), given(1, 'lockdown'))).toEqual([2]);
  });

  it('one for all takes the place of older ones for groups, and newer ones for groups stay', () => {
    expect(epochs(given(1, 'lockdown', 'staff'), given(2, 'block'))).toEqual([2]);
    expect(epochs(given(1, 'block'), given(2, 'lockdown', 'staff'))).toEqual([2, 1]);
    expect(epochs(given(1, 'block'), given(2, 'resume', 'staff'))).toEqual([1]);
  });

  it('ends with its time', () => {
    expect(epochs(given(1, 'lockdown', undefined, NOW))).toEqual([]);
    expect(epochs()).toEqual([]);
  });

  it('is replaced by a newer one for the same devices or all', () => {
    const [one, two] = [given(1, 'block', 'staff'), given(2, 'resume')];
    expect([isReplaced(one, [one, two]), isReplaced(two, [one, two])]).toEqual([true, false]);
    expect(isReplaced(given(1, 'block'), [given(2, 'resume', 'staff')])).toBe(false);
  });
});
