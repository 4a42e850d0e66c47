import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { PICTURES, accessible, expect, go, play, test, type Language, type World } from './stage.ts';

interface Shown {
  name: string;
  path: string;
  world?: World;
  /** What is done before it is looked at. Buttons are named in both languages. */
  first?: (page: Page) => Promise<void>;
  /** A window of its own size. */
  size?: { width: number; height: number };
}

const PANEL = { width: 460, height: 560 };

async function press(page: Page, name: RegExp): Promise<void> {
  await page.getByRole('button', { name }).first().click();
}

async function firstEvent(page: Page): Promise<void> {
  await page.getByRole('listbox').getByRole('option').nth(5).click();
  await expect(page.getByRole('heading', { level: 1, name: /^(Decision|Entscheidung)$/ })).toBeVisible();
}

/** Every page, and every state that looks otherwise. */
const SHOWN: Shown[] = [
  { name: 'now', path: '/' },
  { name: 'now-waiting', path: '/', world: { held: 2 } },
  { name: 'now-attention', path: '/', world: { problems: 1 } },
  { name: 'now-order', path: '/', world: { directive: 1 } },
  { name: 'now-lifted', path: '/', world: { lifted: 1 } },
  {
    name: 'now-code',
    path: '/',
    world: { directive: 1 },
    first: async (page) => {
      await press(page, /^(Enter a code|Code eingeben)$/);
      const dialog = page.getByRole('dialog');
      await dialog.getByRole('textbox').fill('3KQM-QX9V-2DTP');
      await dialog.getByRole('button', { name: /^(Lift it|Aufheben)$/ }).click();
      await expect(dialog.getByText(/no code for this laptop|kein Code für diesen Laptop/)).toBeVisible();
    },
  },
  { name: 'now-offline', path: '/', world: { connection: 'offline' } },
  { name: 'now-mismatch', path: '/', world: { connection: 'too_old' } },
  { name: 'now-empty', path: '/', world: { events: 0 } },
  { name: 'history', path: '/history', world: { events: 10_000 } },
  { name: 'history-filtered', path: '/history?action=block&level=restricted' },
  { name: 'history-none', path: '/history?day=2001-01-01' },
  { name: 'history-saved', path: '/history', first: (page) => press(page, /CSV/) },
  { name: 'event-blocked', path: '/history?action=block', first: firstEvent },
  { name: 'event-replaced', path: '/history?action=pseudonymise', first: firstEvent },
  { name: 'event-none', path: '/history/019a0000-0000-7000-8000-000000000000' },
  { name: 'recorded', path: '/recorded' },
  { name: 'recorded-alone', path: '/recorded', world: { enrolled: 'no', events: 0 } },
  {
    name: 'recorded-raw',
    path: '/recorded',
    first: async (page) => {
      await page.locator('summary').first().click();
      await expect(page.getByText('"disposition"').first()).toBeVisible();
    },
  },
  {
    name: 'event-wrong',
    path: '/history?action=block',
    first: async (page) => {
      await firstEvent(page);
      await press(page, /^(This is wrong|Das ist falsch)/);
    },
  },
  {
    name: 'event-answered',
    path: '/history?action=block',
    first: async (page) => {
      await firstEvent(page);
      await press(page, /^(This is wrong|Das ist falsch)/);
      await page.getByRole('textbox').fill('The key is an example of the manual');
      await press(page, /^(Tell the|Der Administration)/);
      await expect(page.getByText('The key is an example of the manual')).toBeVisible();
      const id = new URL(page.url()).hash.match(/history\/([^?]+)/)?.[1] ?? '';
      await page.evaluate((id) => {
        const { mock } = globalThis as unknown as { mock: { answerAppeal: (...given: string[]) => void } };
        mock.answerAppeal(id, 'You are right. The detector is mended.');
      }, id);
      await expect(page.getByText('You are right.')).toBeVisible();
    },
  },
  { name: 'event-alone', path: '/history?action=block', world: { enrolled: 'no' }, first: firstEvent },
  { name: 'providers', path: '/providers', world: { asked: 1 } },
  { name: 'providers-empty', path: '/providers', world: { unnamed: 1 } },
  { name: 'providers-alone', path: '/providers', world: { enrolled: 'no' } },
  { name: 'providers-order', path: '/providers', world: { directive: 1 } },
  {
    name: 'providers-found',
    path: '/providers',
    first: (page) => page.getByRole('searchbox').fill('mistral'),
  },
  {
    name: 'providers-not-found',
    path: '/providers',
    first: (page) => page.getByRole('searchbox').fill('nobody knows this'),
  },
  {
    name: 'providers-why',
    path: '/providers',
    world: { directive: 1 },
    first: (page) => press(page, /^(Why|Warum): OpenAI/),
  },
  {
    name: 'providers-ask',
    path: '/providers',
    first: (page) => press(page, /^(Ask for a provider|Anbieter beantragen)$/),
  },
  { name: 'health', path: '/health' },
  {
    name: 'health-tested',
    path: '/health',
    first: async (page) => {
      await press(page, /Run the self-test|Selbsttest starten/);
      await expect(page.getByText(/as it should be|wie es sein soll/)).toBeVisible();
    },
  },
  { name: 'settings', path: '/settings' },
  {
    name: 'settings-quiet',
    path: '/settings',
    first: (page) => press(page, /For an hour|Für eine Stunde/),
  },
  { name: 'about', path: '/about' },
  {
    name: 'about-licences',
    path: '/about',
    first: async (page) => {
      await page.locator('summary').click();
      await expect(page.getByText('Permission is hereby granted').first()).toBeVisible();
    },
  },
  { name: 'about-offline', path: '/about', world: { connection: 'offline' } },
  { name: 'welcome', path: '/welcome', world: { read: 'no' } },
  { name: 'no-page', path: '/nothing' },
  { name: 'panel', path: '/panel', world: { held: 3 }, size: PANEL },
  {
    name: 'panel-edit',
    path: '/panel',
    world: { held: 1 },
    size: PANEL,
    first: (page) => press(page, /^(Edit|Bearbeiten)/),
  },
  {
    name: 'panel-refused',
    path: '/panel',
    world: { held: 1 },
    size: PANEL,
    first: async (page) => {
      await press(page, /^(Edit|Bearbeiten)/);
      await page.getByRole('textbox').fill(`the key is ${'AK'}IAZ7Q2WEIR4FLOWSPA`);
      await press(page, /^(Send this text|Diesen Text senden)/);
      await expect(page.getByRole('alert')).toBeVisible();
    },
  },
  {
    name: 'panel-ask',
    path: '/panel',
    world: { held: 1 },
    size: PANEL,
    first: (page) => press(page, /^(Ask for|Ausnahme)/),
  },
  {
    name: 'panel-asked',
    path: '/panel',
    world: { held: 1 },
    size: PANEL,
    first: async (page) => {
      await press(page, /^(Ask for|Ausnahme)/);
      await page.getByRole('textbox').fill('The key is revoked already');
      await press(page, /^(Ask|Beantragen)$/);
      await expect(page.getByText(/Exception asked for|Ausnahme beantragt\./)).toBeVisible();
    },
  },
  {
    name: 'panel-appeal',
    path: '/panel',
    world: { held: 1 },
    size: PANEL,
    first: (page) => press(page, /^(Not sensitive|Nicht vertraulich)/),
  },
  {
    name: 'panel-appealed',
    path: '/panel',
    world: { held: 1 },
    size: PANEL,
    first: async (page) => {
      await press(page, /^(Not sensitive|Nicht vertraulich)/);
      await page.getByRole('textbox').fill('The key is an example of the manual');
      await press(page, /^(Tell the|Der Administration)/);
      await expect(page.getByText(/^(The administrators know|Die Administration weiß)/)).toBeVisible();
    },
  },
  {
    name: 'panel-repeated',
    path: '/panel',
    world: { held: 1 },
    size: PANEL,
    first: async (page) => {
      await play(page, (agent) => agent.repeat());
      await expect(page.getByRole('checkbox')).toBeVisible();
    },
  },
  {
    name: 'panel-approved',
    path: '/panel',
    world: { held: 1 },
    size: PANEL,
    first: async (page) => {
      await play(page, (agent) => agent.decide(agent.waiting[0] ?? '', 'approved'));
      await expect(page.getByText(/is approved|ist genehmigt/)).toBeVisible();
    },
  },
  {
    name: 'panel-warned',
    path: '/panel',
    world: { held: 3 },
    size: PANEL,
    first: (page) => press(page, /^(Next|Nächste)/),
  },
  {
    name: 'panel-reason',
    path: '/panel',
    world: { held: 3 },
    size: PANEL,
    first: async (page) => {
      await press(page, /^(Next|Nächste)/);
      await press(page, /(with a reason|Mit Begründung)/);
    },
  },
  {
    name: 'panel-only-back',
    path: '/panel',
    world: { held: 3 },
    size: PANEL,
    first: (page) => press(page, /^(Previous|Vorige)/),
  },
  {
    name: 'panel-gone',
    path: '/panel',
    world: { held: 2 },
    size: PANEL,
    first: async (page) => {
      await play(page, (agent) => agent.leave(agent.waiting[0] ?? '', 'hung_up'));
      await expect(page.getByText(/waits no more|wartet nicht mehr/)).toBeVisible();
    },
  },
  { name: 'panel-empty', path: '/panel', size: PANEL },
  { name: 'panel-offline', path: '/panel', world: { connection: 'offline' }, size: PANEL },
];

async function show(page: Page, { path, world, first }: Shown, language: Language): Promise<void> {
  await go(page, path, { language, ...world });
  await expect(page.locator('html')).toHaveAttribute('lang', language);
  await expect(page.getByText(/^(Loading|Wird geladen)/)).toHaveCount(0);
  await first?.(page);
  await expect(page.getByText(/^(Loading|Wird geladen)/)).toHaveCount(0);
}

/** What is wider than the window, by how many pixels. */
async function overflow(page: Page): Promise<number> {
  return page.evaluate(() => {
    const dialog = document.querySelector('[role="alertdialog"]');
    const parts = [document.documentElement, ...(dialog ? [dialog] : [])];
    return Math.max(...parts.map((part) => part.scrollWidth - part.clientWidth));
  });
}

/** What of the panel is below its edge, by how many pixels. */
async function below(page: Page): Promise<number> {
  return page.evaluate(() => {
    const panel = document.querySelector('[role="alertdialog"]') ?? document.documentElement;
    return panel.scrollHeight - panel.clientHeight;
  });
}

test.use({ contextOptions: { reducedMotion: 'reduce' } });

for (const language of ['en', 'de'] as const) {
  for (const shown of SHOWN) {
    test(`${shown.name} is readable (${language})`, async ({ page }) => {
      if (shown.size) await page.setViewportSize(shown.size);
      await show(page, shown, language);
      const fullPage = shown.size === undefined;
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        await page.screenshot({
          path: join(PICTURES, `${shown.name}-${language}-${colorScheme}.png`),
          fullPage,
        });
        await accessible(page, `${shown.name}, ${colorScheme}`);
      }
      if (shown.size) expect(await below(page), 'the panel needs no scrolling').toBeLessThanOrEqual(0);
      // A window of 1280 by 1024 at 400 %.
      await page.setViewportSize({ width: 320, height: 256 });
      expect(await overflow(page), 'nothing scrolls sideways').toBeLessThanOrEqual(0);
      await page.screenshot({ path: join(PICTURES, `${shown.name}-${language}-narrow.png`), fullPage: true });
    });
  }
}
