import { beforeEach, describe, expect, it, vi } from 'vitest';

const get = vi.fn();
vi.mock('../../app/session.svelte.ts', () => ({ api: { get } }));
const { list, MOST } = await import('./data.ts');

describe('alerts', () => {
  beforeEach(() => {
    get.mockReset().mockResolvedValue({ alerts: [] });
  });

  it.each([
    ['', '', undefined, undefined],
    ['silent', '3', 'silent', 3],
    ['no such rule', '7', undefined, undefined],
  ])(
    'of rule "%s" and urgency "%s" are asked for, as many as are shown',
    async (rule, urgency, of, least) => {
      await list(false, rule, urgency, new AbortController().signal);
      const query = { closed: false, rule: of, urgency: least, limit: MOST };
      expect(get).toHaveBeenCalledWith('/api/v1/alerts', expect.objectContaining({ query }));
    },
  );
});
