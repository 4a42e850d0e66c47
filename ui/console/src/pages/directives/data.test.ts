import { describe, expect, it, vi } from 'vitest';

vi.mock('../../app/session.svelte.ts', () => ({ api: {} }));
const { fitting } = await import('./data.ts');

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
