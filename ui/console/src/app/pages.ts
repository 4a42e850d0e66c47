import type { IconName } from '@weir/shared/controls/Icon.svelte';
import type { Component } from 'svelte';
import { matched, type Places } from './route.ts';
import type { Permission } from './session.svelte.ts';
import { text } from './text.ts';

/** A page: where it is, who may see it, and what it is made of. */
export interface Page {
  pattern: string;
  /** Undefined: whoever is signed in. */
  needs: Permission | undefined;
  load: () => Promise<{ default: Component<Places> }>;
}

/** What a pattern names: `/events/:event` has an `event`. */
type PlacesOf<P extends string> = P extends `${string}:${infer Name}/${infer Rest}`
  ? { [N in Name]: string } & PlacesOf<Rest>
  : P extends `${string}:${infer Name}`
    ? { [N in Name]: string }
    : Record<string, never>;

/** A page is given what its pattern names, and nothing else. */
function page<P extends string>(
  pattern: P,
  needs: Permission | undefined,
  load: () => Promise<{ default: Component<PlacesOf<P>> }>,
): Page {
  return { pattern, needs, load: load as unknown as Page['load'] };
}

/** Every page there is. */
export const pages: readonly Page[] = [
  page('/', 'overview-read', () => import('../pages/overview/Page.svelte')),
  page('/events', 'events-read', () => import('../pages/events/Page.svelte')),
  page('/events/:event', 'events-read', () => import('../pages/event/Page.svelte')),
  page('/alerts', 'alerts-read', () => import('../pages/alerts/Page.svelte')),
  page('/alerts/mutes', 'alerts-read', () => import('../pages/mutes/Page.svelte')),
  page('/alerts/:alert', 'alerts-read', () => import('../pages/alert/Page.svelte')),
  page('/devices', 'devices-read', () => import('../pages/devices/Page.svelte')),
  page('/devices/enrolment', 'enrolment-read', () => import('../pages/enrolment/Page.svelte')),
  page('/devices/:id', 'devices-read', () => import('../pages/device/Page.svelte')),
  page('/policies', 'bundles-read', () => import('../pages/policies/Page.svelte')),
  page('/policies/drafts', 'drafts-read', () => import('../pages/drafts/Page.svelte')),
  page('/policies/drafts/:draft', 'drafts-read', () => import('../pages/draft/Page.svelte')),
  page('/policies/proposals', 'drafts-read', () => import('../pages/proposals/Page.svelte')),
  page('/policies/proposals/:proposal', 'drafts-read', () => import('../pages/proposal/Page.svelte')),
  page('/policies/rollouts/:bundle', 'drafts-read', () => import('../pages/rollout/Page.svelte')),
  page('/policies/:number', 'bundles-read', () => import('../pages/bundle/Page.svelte')),
  page('/requests', 'exceptions-read', () => import('../pages/requests/Page.svelte')),
  page('/directives', 'directives-read', () => import('../pages/directives/Page.svelte')),
  page('/exposure', 'events-read', () => import('../pages/exposure/Page.svelte')),
  page('/journal', 'journal-read', () => import('../pages/journal/Page.svelte')),
  page('/settings', undefined, () => import('../pages/settings/Page.svelte')),
  page('/settings/accounts', 'accounts-read', () => import('../pages/accounts/Page.svelte')),
  page('/settings/api-tokens', 'api-tokens-read', () => import('../pages/api-tokens/Page.svelte')),
];

/** The page at a path, with what the path names. The first that fits: literal ones stand before those with places. */
export function pageAt(path: string): { page: Page; places: Places } | undefined {
  for (const page of pages) {
    const places = matched(page.pattern, path);
    if (places !== undefined) return { page, places };
  }
  return undefined;
}

/** An entry of the navigation. */
export interface Entry {
  href: string;
  label: string;
  icon: IconName;
  needs?: Permission;
  /** Pressed after `g`. */
  key: string;
}

/** What stands in the navigation, in its order. */
export const entries: readonly Entry[] = [
  { href: '/', label: text.nav.overview, icon: 'overview', needs: 'overview-read', key: 'o' },
  { href: '/alerts', label: text.nav.alerts, icon: 'alerts', needs: 'alerts-read', key: 'a' },
  { href: '/events', label: text.nav.events, icon: 'events', needs: 'events-read', key: 'e' },
  { href: '/devices', label: text.nav.devices, icon: 'devices', needs: 'devices-read', key: 'd' },
  { href: '/policies', label: text.nav.policies, icon: 'policies', needs: 'bundles-read', key: 'p' },
  { href: '/requests', label: text.nav.requests, icon: 'requests', needs: 'exceptions-read', key: 'r' },
  { href: '/directives', label: text.nav.directives, icon: 'stop', needs: 'directives-read', key: 'k' },
  { href: '/exposure', label: text.nav.reports, icon: 'reports', needs: 'events-read', key: 'x' },
  { href: '/journal', label: text.nav.journal, icon: 'journal', needs: 'journal-read', key: 'j' },
  { href: '/settings', label: text.nav.settings, icon: 'settings', key: 's' },
];

/** True when the entry leads to this path or above it. */
export function isAt(entry: Entry, path: string): boolean {
  return entry.href === '/' ? path === '/' : path === entry.href || path.startsWith(`${entry.href}/`);
}
