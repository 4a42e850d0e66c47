import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect, test as base, type Page } from '@playwright/test';

/** What `cargo xtask console --test` tells. */
function told(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: run cargo xtask console --test`);
  return value;
}

export const stage = {
  /** One-time passwords of accounts, and the password they are changed to. */
  admin: { name: 'ada', oneTime: told('WEIR_ADMIN') },
  viewer: { name: 'vic', oneTime: told('WEIR_VIEWER') },
  password: 'a long password of our own',
  /** An event that was blocked. */
  blocked: told('WEIR_BLOCKED'),
  /** Where pictures go. */
  pictures: told('WEIR_PICTURES'),
  session: told('WEIR_SESSION'),
  /** The command line, and the key that signs policy. */
  weir: told('WEIR_BIN'),
  key: told('WEIR_KEY'),
};

/** A page on which nothing may go wrong unseen: neither an exception nor something that the page's policy forbids. */
export const test = base.extend({
  page: async ({ page }, use) => {
    const wrong: string[] = [];
    page.on('pageerror', (error) => wrong.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error' && !/Failed to load resource/.test(message.text()))
        wrong.push(message.text());
    });
    await use(page);
    expect(wrong).toEqual([]);
  },
});

export { expect };

/** Signs in for the first time: the one-time password is changed. */
export async function firstSignIn(page: Page, who: { name: string; oneTime: string }): Promise<void> {
  await page.goto('/');
  await page.getByLabel('Name', { exact: true }).fill(who.name);
  await page.getByLabel('Password', { exact: true }).fill(who.oneTime);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByLabel('One-time password', { exact: true }).fill(who.oneTime);
  await page.getByLabel('New password', { exact: true }).fill(stage.password);
  await page.getByLabel('New password, once more').fill(stage.password);
  await page.getByRole('button', { name: 'Change password' }).click();
  await expect(page.getByRole('navigation', { name: 'Pages' })).toBeVisible();
}

/** Says why events are read, where that is asked. */
export async function givePurpose(page: Page): Promise<void> {
  await page.getByLabel('Purpose').fill('a test of the console');
  await page.getByRole('button', { name: 'Read events' }).click();
}

const axe = readFileSync(join(createRequire(import.meta.url).resolve('axe-core'), '../axe.min.js'), 'utf8');

interface Violation {
  id: string;
  impact: string | null;
  nodes: { target: unknown[]; failureSummary?: string }[];
}

/** Holds what is seen against WCAG 2.2 AA, as far as a program can. */
export async function accessible(page: Page, where: string): Promise<void> {
  await page.evaluate(axe);
  const violations = await page.evaluate(async () => {
    const run = (
      globalThis as unknown as { axe: { run: (options: unknown) => Promise<{ violations: Violation[] }> } }
    ).axe.run;
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    return (await run({ runOnly: { type: 'tag', values: tags } })).violations;
  });
  const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  const said = grave.map(
    ({ id, nodes }) =>
      `${id}: ${nodes.map((node) => `${node.target.join(' ')} ${node.failureSummary ?? ''}`).join('; ')}`,
  );
  expect(said, where).toEqual([]);
}
