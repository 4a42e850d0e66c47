import type { Component } from 'svelte';
import { matched, type Places } from './route.ts';

/** A page: where it is, and what it is made of. */
export interface Page {
  pattern: string;
  load: () => Promise<{ default: Component<Places> }>;
}

/** What a pattern names: `/events/:event` has an `event`. */
export type PlacesOf<P extends string> = P extends `${string}:${infer Name}/${infer Rest}`
  ? { [N in Name]: string } & PlacesOf<Rest>
  : P extends `${string}:${infer Name}`
    ? { [N in Name]: string }
    : Record<string, never>;

/** A page is given what its pattern names, and nothing else. */
export function page<P extends string>(
  pattern: P,
  load: () => Promise<{ default: Component<PlacesOf<P>> }>,
): Page {
  return { pattern, load: load as unknown as Page['load'] };
}

/** A page with what its path names. */
export interface Found<P extends Page = Page> {
  page: P;
  places: Places;
}

/** The page at a path. The first that fits: literal ones stand before those with places. */
export function pageAt<P extends Page>(pages: readonly P[], path: string): Found<P> | undefined {
  for (const page of pages) {
    const places = matched(page.pattern, path);
    if (places !== undefined) return { page, places };
  }
  return undefined;
}

/** True when an entry of the navigation leads to this path or above it. */
export function isAt(href: string, path: string): boolean {
  return href === '/' ? path === '/' : path === href || path.startsWith(`${href}/`);
}
