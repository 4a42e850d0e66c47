import type { IconName } from '@weir/shared/controls/Icon.svelte';
import * as shared from '@weir/shared/page/pages.ts';
import type { Permission } from './session.svelte.ts';
import { text } from './text.ts';

/** A page, and who may see it. Undefined: whoever is signed in. */
export interface Page extends shared.Page {
  needs: Permission | undefined;
}

function page<P extends string>(
  pattern: P,
  needs: Permission | undefined,
  load: Parameters<typeof shared.page<P>>[1],
): Page {
  return { ...shared.page(pattern, load), needs };
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
  page('/providers', 'providers-read', () => import('../pages/providers/Page.svelte')),
  page('/directives', 'directives-read', () => import('../pages/directives/Page.svelte')),
  page('/exposure', 'events-read', () => import('../pages/exposure/Page.svelte')),
  page('/reports', 'events-read', () => import('../pages/reports/Page.svelte')),
  page('/journal', 'journal-read', () => import('../pages/journal/Page.svelte')),
  page('/settings', undefined, () => import('../pages/settings/Page.svelte')),
  page('/settings/accounts', 'accounts-read', () => import('../pages/accounts/Page.svelte')),
  page('/settings/api-tokens', 'api-tokens-read', () => import('../pages/api-tokens/Page.svelte')),
];

/** The page at a path, with what the path names. */
export function pageAt(path: string): shared.Found<Page> | undefined {
  return shared.pageAt(pages, path);
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
  { href: '/providers', label: text.nav.providers, icon: 'providers', needs: 'providers-read', key: 'v' },
  { href: '/directives', label: text.nav.directives, icon: 'stop', needs: 'directives-read', key: 'k' },
  { href: '/exposure', label: text.nav.exposure, icon: 'exposure', needs: 'events-read', key: 'x' },
  { href: '/reports', label: text.nav.reports, icon: 'reports', needs: 'events-read', key: 't' },
  { href: '/journal', label: text.nav.journal, icon: 'journal', needs: 'journal-read', key: 'j' },
  { href: '/settings', label: text.nav.settings, icon: 'settings', key: 's' },
];
