import type { Page } from '@playwright/test';
import { expect } from '../../stories/stage.ts';

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
  /** The key of the server's log, as auditors are told it. */
  logKey: told('WEIR_LOG_KEY'),
};

export { accessible, expect, tabTo, test } from '../../stories/stage.ts';

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
