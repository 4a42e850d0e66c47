import { describe, expect, it } from 'vitest';
import { matched, pathWith } from './route.ts';

describe('routes', () => {
  it.each([
    ['/', '/', {}],
    ['/events/:id', '/events/0197', { id: '0197' }],
    ['/events/:id', '/events/a%2Fb', { id: 'a/b' }],
    ['/events/:id', '/events/%zz', { id: '%zz' }],
    ['/events/:id', '/events', undefined],
    ['/events', '/events/', {}],
    ['/events', '/alerts', undefined],
  ])('%s and %s', (pattern, path, places) => {
    expect(matched(pattern, path)).toEqual(places);
  });

  it('equal views have equal addresses', () => {
    expect(pathWith('/events', { action: 'block', user: '', level: undefined })).toBe('/events?action=block');
    expect(pathWith('/events', {})).toBe('/events');
  });
});
