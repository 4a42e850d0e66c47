import { expect, firstSignIn, stage, test } from './stage.ts';

test('the first sign-in leads to a password of one’s own', async ({ page }) => {
  await page.goto('/events?action=block');
  await expect(page.getByText('weir-server account create NAME --role ROLE')).toBeVisible();
  await page.getByLabel('Name', { exact: true }).fill(stage.admin.name);
  await page.getByLabel('Password', { exact: true }).fill('not the password');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('alert')).toContainText('The sign-in is refused');
  await expect(page.getByLabel(/^Code/)).toBeFocused();

  await firstSignIn(page, stage.admin);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Overview');
  await page.context().storageState({ path: stage.session });
});
