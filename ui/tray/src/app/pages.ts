import type { Entry } from '@weir/shared/page/Frame.svelte';
import { page, type Page } from '@weir/shared/page/pages.ts';
import { text } from './text.ts';

/** Every page of the main window. */
export const pages: readonly Page[] = [
  page('/', () => import('../pages/now/Page.svelte')),
  page('/history', () => import('../pages/history/Page.svelte')),
  page('/history/:id', () => import('../pages/event/Page.svelte')),
  page('/recorded', () => import('../pages/recorded/Page.svelte')),
  page('/providers', () => import('../pages/providers/Page.svelte')),
  page('/health', () => import('../pages/health/Page.svelte')),
  page('/settings', () => import('../pages/settings/Page.svelte')),
  page('/about', () => import('../pages/about/Page.svelte')),
];

/** Pages that stand alone, without the navigation. */
export const alone: readonly Page[] = [
  page('/panel', () => import('../panel/Page.svelte')),
  page('/welcome', () => import('../pages/welcome/Page.svelte')),
];

/** What stands in the navigation, in its order. */
export const entries: readonly Entry[] = [
  { href: '/', label: text.nav.now, icon: 'now' },
  { href: '/history', label: text.nav.history, icon: 'history' },
  { href: '/recorded', label: text.nav.recorded, icon: 'person' },
  { href: '/providers', label: text.nav.providers, icon: 'providers' },
  { href: '/health', label: text.nav.health, icon: 'health' },
  { href: '/settings', label: text.nav.settings, icon: 'settings' },
  { href: '/about', label: text.nav.about, icon: 'info' },
];
