import { describe, expect, it, vi } from 'vitest';

const post = vi.fn();
vi.mock('../../app/session.svelte.ts', () => ({ api: { post } }));
const { fitting, give } = await import('./data.ts');

const all = [
  { id: 'openai', name: 'OpenAI' },
  { id: 'anthropic', name: 'Anthropic' },
  { id: 'xai', name: 'xAI' },
];

describe('providers', () => {
  it.each([
    ['', [], ['openai', 'anthropic', 'xai']],
    ['OPEN', [], ['openai']],
    ['ai', [], ['openai', 'xai']],
    ['open', ['xai'], ['openai', 'xai']],
    ['nobody', [], []],
  ])('%s with %j chosen', (words, chosen, ids) => {
    expect(fitting(all, words, chosen).map(({ id }) => id)).toEqual(ids);
  });
});

describe('an order', () => {
  it.each([
    ['', { reason: 'a drill', hours: 1 }],
    [' ', { reason: 'a drill', hours: 1 }],
    [' pilot ', { reason: 'a drill', hours: 1, group: 'pilot' }],
  ])('for the group "%s" is for all devices where that is empty', async (group, body) => {
    post.mockReset();
    await give('lockdown', ['openai'], { group, reason: ' a drill ', hours: 1 });
    expect(post.mock.calls).toEqual([['/api/v1/directives/lockdown', { body }]]);
  });
});
