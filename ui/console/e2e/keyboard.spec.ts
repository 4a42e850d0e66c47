import { expect, stage, tabTo, test } from './stage.ts';

test('the content is one key away', async ({ page }) => {
  await page.goto('/alerts');
  await expect(page.getByRole('table')).toBeVisible();
  await tabTo(page, 'link', 'Skip to content');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('main')).toBeFocused();
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Mutes' })).toBeFocused();
});

test('pages are reached by keys, and say where one is', async ({ page }) => {
  await page.goto('/');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Overview');
  await page.keyboard.press('g');
  await page.keyboard.press('d');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Devices');
  await expect(page.getByRole('heading', { level: 1 })).toBeFocused();
  await expect(page).toHaveTitle('Devices · Weir');
  await page.keyboard.press('/');
  await expect(page.getByLabel('Name begins with')).toBeFocused();
  await page.keyboard.type('g');
  await page.keyboard.press('Escape');
  await expect(page.getByLabel('Name begins with')).toHaveValue('g');
});

test('single keys can be switched off', async ({ page }) => {
  await page.goto('/');
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.keyboard.press('?');
  const dialog = page.getByRole('dialog');
  await tabTo(page, 'checkbox', 'Use shortcuts of single keys');
  await page.keyboard.press('Space');
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await page.keyboard.press('?');
  await expect(dialog).toBeHidden();
  await tabTo(page, 'button', 'Keyboard shortcuts');
  await page.keyboard.press('Enter');
  await tabTo(page, 'checkbox', 'Use shortcuts of single keys');
  await page.keyboard.press('Space');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('button', { name: 'Keyboard shortcuts' })).toBeFocused();
});

test('an event is found by keys alone', async ({ page }) => {
  await page.goto('/events');
  await tabTo(page, 'textbox', 'Purpose');
  await page.keyboard.type('a test of the keyboard');
  await page.keyboard.press('Enter');
  await tabTo(page, 'combobox', 'Decision');
  await page.keyboard.type('Block');
  await page.keyboard.press('Enter');
  if (!/action=block/.test(page.url())) {
    await tabTo(page, 'button', 'Show');
    await page.keyboard.press('Enter');
  }
  await expect(page).toHaveURL(/action=block/);
  await expect(page.getByRole('table')).toBeVisible();
  await tabTo(page, 'link', /\d\d:\d\d:\d\d/);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(/^Event /);
});

test('the kill switch is pulled and lifted by keys alone', async ({ page }) => {
  await page.goto('/directives');
  await expect(page.getByText('No service is closed by order.')).toBeVisible();
  await tabTo(page, 'button', 'Close every AI service');
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog');
  await expect(dialog).toBeVisible();
  await tabTo(page, 'textbox', /^Reason/);
  await page.keyboard.type('a drill by keys');
  await page.keyboard.press('Enter');
  await expect(dialog).toBeHidden();
  await expect(page.getByRole('row').nth(1)).toContainText('a drill by keys');
  await tabTo(page, 'button', 'Go by policy again');
  await page.keyboard.press('Enter');
  await tabTo(page, 'button', 'Go by policy again');
  await page.keyboard.press('Enter');
  await expect(page.getByText('No service is closed by order.')).toBeVisible();
});

test('a dialog keeps the focus, and gives it back', async ({ page }) => {
  await page.goto('/settings/accounts');
  await tabTo(page, 'button', 'Add an account');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog')).toBeVisible();
  for (let step = 0; step < 12; step += 1) {
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.closest('[role="dialog"]') !== null)).toBe(true);
  }
  await page.keyboard.press('Escape');
  await expect(page.getByRole('button', { name: 'Add an account' })).toBeFocused();
});

test('one signs in by keys alone', async ({ browser }) => {
  const context = await browser.newContext({ storageState: { cookies: [], origins: [] } });
  const page = await context.newPage();
  await page.goto('/');
  await expect(page.getByLabel('Name', { exact: true })).toBeFocused();
  await page.keyboard.type(stage.admin.name);
  await page.keyboard.press('Tab');
  await page.keyboard.type(stage.password);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Overview');
  await context.close();
});
