import { describe, expect, it } from 'vitest';
import { explain, Problem, problemOf } from './problem.ts';

describe('problems', () => {
  it('are read from what the server says', () => {
    const problem = problemOf(429, {
      type: 'urn:weir:problem:too-many-tries',
      title: 'too many tries',
      retry_after: 40,
    });
    expect(problem).toMatchObject({ kind: 'too-many-tries', status: 429, retryAfter: 40 });
    expect(explain(problem).help).toBe('Too many tries. Wait before the next one. Wait 40 seconds.');
  });

  it('say what is the case and what helps', () => {
    const problem = problemOf(409, {
      type: 'urn:weir:problem:conflict',
      detail: 'it would be the last admin',
    });
    expect(explain(problem)).toEqual({
      title: 'What is there does not allow it',
      help: 'It would be the last admin. Somebody may have changed it meanwhile. Look at it again, then decide.',
    });
  });

  it.each([null, 'text', 7, [], { type: 5 }, { type: 'urn:other' }])(
    '%j is a failure like any other',
    (body) => {
      expect(problemOf(502, body)).toMatchObject({ kind: 'failed', status: 502 });
    },
  );

  it('of a kind that is not known are failures, and so are bugs', () => {
    const failed = explain(new Problem('late-night', 500, undefined, undefined));
    expect(failed.title).toBe('The server failed');
    expect(explain(new TypeError('x is undefined')).title).toBe('The server failed');
  });

  it('long waits are told in minutes', () => {
    expect(explain(new Problem('too-many-tries', 429, undefined, 600)).help).toContain('Wait 10 minutes.');
  });
});
