import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { accessible, expect, givePurpose, stage, test } from './stage.ts';

interface Shown {
  name: string;
  path: string;
  /** What is done before it is looked at. */
  first?: (page: Page) => Promise<void>;
  /** What it is about is further down: the picture is of all of the page. */
  whole?: boolean;
}

async function open(page: Page, name: string | RegExp): Promise<void> {
  await page.getByRole('button', { name }).first().click();
  await expect(page.getByRole('dialog')).toBeVisible();
}

/** Every page, and every dialog. */
const SHOWN: Shown[] = [
  { name: 'overview', path: '/' },
  { name: 'overview-day', path: '/?days=1' },
  { name: 'events-purpose', path: '/events' },
  { name: 'events', path: '/events', first: givePurpose },
  { name: 'events-none', path: '/events?user=nobody', first: givePurpose },
  { name: 'event', path: `/events/${stage.blocked}`, first: givePurpose },
  { name: 'alerts', path: '/alerts?closed=true' },
  {
    name: 'alert',
    path: '/alerts',
    first: (page) => page.getByRole('link', { name: 'Restricted data held back' }).first().click(),
  },
  {
    name: 'alert-mute',
    path: '/alerts',
    first: async (page) => {
      await page.getByRole('link', { name: 'Restricted data held back' }).first().click();
      await open(page, 'Mute alerts like this');
    },
  },
  {
    name: 'alert-close',
    path: '/alerts',
    first: async (page) => {
      await page.getByRole('link', { name: 'Restricted data held back' }).first().click();
      await open(page, 'Close');
    },
  },
  { name: 'mutes', path: '/alerts/mutes' },
  { name: 'mutes-new', path: '/alerts/mutes', first: (page) => open(page, 'Mute alerts') },
  { name: 'devices', path: '/devices' },
  { name: 'devices-none', path: '/devices?name=nobody' },
  {
    name: 'device',
    path: '/devices',
    first: (page) => page.getByRole('table').getByRole('link').first().click(),
  },
  {
    name: 'device-revoke',
    path: '/devices',
    first: async (page) => {
      await page.getByRole('table').getByRole('link').first().click();
      await open(page, 'Revoke');
    },
  },
  { name: 'enrolment', path: '/devices/enrolment' },
  { name: 'enrolment-new', path: '/devices/enrolment', first: (page) => open(page, 'New token') },
  { name: 'policies', path: '/policies' },
  { name: 'policies-publish', path: '/policies', first: (page) => open(page, 'Publish a bundle') },
  { name: 'bundle', path: '/policies/1' },
  { name: 'drafts', path: '/policies/drafts' },
  { name: 'drafts-begin', path: '/policies/drafts', first: (page) => open(page, /^Begin a draft/) },
  { name: 'proposals', path: '/policies/proposals' },
  { name: 'requests', path: '/requests' },
  { name: 'requests-decide', path: '/requests', first: (page) => open(page, /^Decide: linus/) },
  {
    name: 'requests-refuse',
    path: '/requests',
    first: async (page) => {
      await open(page, /^Decide: linus/);
      await page.getByRole('dialog').getByRole('button', { name: 'Refuse …' }).click();
    },
  },
  { name: 'requests-all', path: '/requests?all=true' },
  { name: 'providers', path: '/providers?all=true' },
  { name: 'providers-ask', path: '/providers', first: (page) => open(page, 'Ask for a provider') },
  { name: 'providers-decide', path: '/providers', first: (page) => open(page, /^Decide: deepseek/) },
  { name: 'providers-enter', path: '/providers', first: (page) => open(page, 'Enter a promise') },
  { name: 'providers-end', path: '/providers', first: (page) => open(page, /^Take out: openai, Does not/) },
  { name: 'directives', path: '/directives' },
  { name: 'directives-close', path: '/directives', first: (page) => open(page, 'Close providers') },
  { name: 'directives-all', path: '/directives', first: (page) => open(page, 'Close every AI service') },
  { name: 'directives-ask-code', path: '/directives', first: (page) => open(page, 'Ask for a code') },
  { name: 'exposure', path: '/exposure' },
  {
    name: 'reports',
    path: '/reports',
    first: async (page) => {
      const absence = page.locator('section').filter({ hasText: 'That something never happened' });
      await absence.getByLabel('Class of data').fill('restricted');
      await absence.getByLabel('Place').fill('openai');
      await absence.getByLabel('Purpose').fill('a picture');
      await absence.getByRole('button', { name: 'Look' }).click();
      await expect(absence.getByText('Logs that say so')).toBeVisible();
    },
  },
  {
    name: 'reports-flows',
    path: '/reports',
    whole: true,
    first: async (page) => {
      const flows = page.locator('section').filter({ hasText: 'What went where, and why' });
      await flows.getByLabel('Purpose').fill('a picture');
      await flows.getByRole('button', { name: 'Count', exact: true }).click();
      await expect(flows.getByRole('img')).toBeVisible();
      await expect(flows.getByRole('heading', { name: 'What was promised' })).toBeVisible();
    },
  },
  {
    name: 'reports-flows-none',
    path: '/reports',
    whole: true,
    first: async (page) => {
      const flows = page.locator('section').filter({ hasText: 'What went where, and why' });
      await flows.getByLabel('Purpose').fill('a picture');
      await flows.getByLabel('From').fill('2000-12-01T00:00');
      await flows.getByLabel('Until').fill('2001-01-01T00:00');
      await flows.getByRole('button', { name: 'Count', exact: true }).click();
      await expect(flows.getByText('Nothing was sent in this time')).toBeVisible();
    },
  },
  {
    name: 'reports-week',
    path: '/reports',
    whole: true,
    first: async (page) => {
      const week = page.locator('section').filter({ hasText: 'Count the week' });
      await week.getByRole('button', { name: 'Count the week' }).click();
      await expect(week.getByText('Alerts that were raised')).toBeVisible();
    },
  },
  {
    name: 'reports-pack',
    path: '/reports',
    whole: true,
    first: async (page) => {
      const pack = page.locator('section').filter({ hasText: 'Evidence for auditors' });
      await pack.getByLabel('Purpose').fill('a picture');
      await pack.getByRole('button', { name: 'Make the pack' }).click();
      await expect(pack.getByText(/is saved/)).toBeVisible();
    },
  },
  { name: 'reports-deletion', path: '/reports', first: (page) => open(page, 'Ask for a deletion') },
  { name: 'reports-deletion-decide', path: '/reports', first: (page) => open(page, /^Decide: request 18/) },
  { name: 'journal', path: '/journal' },
  { name: 'settings', path: '/settings' },
  { name: 'settings-password', path: '/settings', first: (page) => open(page, 'Change password') },
  {
    name: 'settings-codes',
    path: '/settings',
    first: async (page) => {
      await open(page, 'Set up a code generator');
      await page.getByLabel('Your password').fill(stage.password);
      await page.getByRole('button', { name: 'Continue' }).click();
      await expect(page.getByRole('img', { name: /secret as a picture/ })).toBeVisible();
    },
  },
  { name: 'accounts', path: '/settings/accounts' },
  { name: 'accounts-add', path: '/settings/accounts', first: (page) => open(page, 'Add an account') },
  { name: 'accounts-role', path: '/settings/accounts', first: (page) => open(page, 'Role: vic') },
  { name: 'accounts-reset', path: '/settings/accounts', first: (page) => open(page, 'Reset: vic') },
  { name: 'accounts-disable', path: '/settings/accounts', first: (page) => open(page, 'Disable: vic') },
  { name: 'api-tokens', path: '/settings/api-tokens' },
  { name: 'api-tokens-new', path: '/settings/api-tokens', first: (page) => open(page, 'New token') },
  {
    name: 'shortcuts',
    path: '/',
    first: async (page) => {
      await page.keyboard.press('?');
      await expect(page.getByRole('dialog')).toBeVisible();
    },
  },
  { name: 'no-page', path: '/nothing' },
];

async function show(page: Page, { path, first }: Shown): Promise<void> {
  await page.goto(path);
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await first?.(page);
  await expect(page.getByText('Loading …')).toHaveCount(0);
}

for (const colorScheme of ['dark', 'light'] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme, contextOptions: { reducedMotion: 'reduce' } });
    for (const shown of SHOWN) {
      test(`${shown.name} is readable in ${colorScheme}`, async ({ page }) => {
        await show(page, shown);
        await page.screenshot({
          path: join(stage.pictures, `${shown.name}-${colorScheme}.png`),
          fullPage: shown.whole ?? !shown.name.includes('-'),
        });
        await accessible(page, shown.name);
      });
    }
  });
}

test.describe('at 400 %', () => {
  test.use({ viewport: { width: 320, height: 256 } });
  for (const shown of SHOWN) {
    test(`${shown.name} does not scroll sideways`, async ({ page }) => {
      await show(page, shown);
      const wide = await page.evaluate(() => {
        const dialog = document.querySelector('[role="dialog"]');
        return [document.documentElement, ...(dialog ? [dialog] : [])].map(
          (part) => part.scrollWidth - part.clientWidth,
        );
      });
      expect(Math.max(...wide)).toBeLessThanOrEqual(0);
      await page.screenshot({
        path: join(stage.pictures, `${shown.name}-narrow.png`),
        fullPage: shown.whole ?? !shown.name.includes('-'),
      });
    });
  }
});

test('the sign-in page is readable', async ({ browser }) => {
  for (const colorScheme of ['dark', 'light'] as const) {
    const context = await browser.newContext({ storageState: { cookies: [], origins: [] }, colorScheme });
    const page = await context.newPage();
    await page.goto('/');
    await page.getByRole('button', { name: 'I have a code generator' }).click();
    await page.screenshot({ path: join(stage.pictures, `sign-in-${colorScheme}.png`) });
    await accessible(page, 'sign-in');
    await context.close();
  }
});
