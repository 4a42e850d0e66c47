import { fromField } from '@weir/shared/format.ts';
import { describe, expect, it, vi } from 'vitest';

vi.mock('../../app/session.svelte.ts', () => ({ api: {} }));
const { verdict } = await import('./data.ts');

describe('what a provider received', () => {
  const since = '2027-02-03T10:00';
  const begin = fromField(since) ?? 0;
  const none = { messages: 0, kept: 0, unread: 0 };

  it.each([
    ['nothing', none],
    ['nothing', { ...none, kept_since: begin }],
    ['unsaid', { ...none, kept_since: begin + 1 }],
    ['unsaid', { ...none, unread: 1 }],
    ['something', { ...none, messages: 1, unread: 1 }],
    ['something', { ...none, kept: 1 }],
  ])('is %s where the answer is %j', (says, exposure) => {
    expect(verdict({ since }, exposure)).toBe(says);
  });
});
