import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { accessible, expect, stage, test } from './stage.ts';

test('policy is written, tried, proposed, signed and rolled out', async ({ page }, info) => {
  test.setTimeout(180_000);
  const dialog = page.getByRole('dialog');
  await page.goto('/policies/drafts');
  await page.getByRole('button', { name: 'Begin a draft', exact: true }).click();
  await dialog.getByLabel('Name', { exact: true }).fill('stricter');
  await dialog.getByLabel('Begin with').selectOption({ label: 'bundle 1 (weir-demo)' });
  await dialog.getByRole('button', { name: 'Begin', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'Revision 1', exact: true })).toBeVisible();
  await expect(page.getByText('It can be used')).toBeVisible({ timeout: 60_000 });

  const text = page.getByLabel(/^Text of/);
  const written = await text.inputValue();
  await text.fill(written.replace('openai: approved', 'openai: aproved'));
  await page.getByLabel('What was changed').fill('a mistake');
  await page.getByRole('button', { name: 'Save as the next revision' }).click();
  await expect(page.getByRole('heading', { name: 'Revision 2', exact: true })).toBeVisible();
  await expect(page.getByText('It cannot be used')).toBeVisible({ timeout: 60_000 });
  await page
    .getByRole('button', { name: /^demo\.yaml:\d+:\d+/ })
    .first()
    .click();
  await expect(text).toBeFocused();
  await page.screenshot({ path: join(stage.pictures, 'draft-wrong-light.png'), fullPage: true });
  await accessible(page, 'a draft with a mistake');

  await text.fill(written.replace('anthropic: approved', 'anthropic: approved\n    mistral: approved'));
  await page.getByRole('button', { name: 'Save as the next revision' }).click();
  await expect(page.getByRole('heading', { name: 'Revision 3', exact: true })).toBeVisible();
  await expect(page.getByText('It can be used')).toBeVisible({ timeout: 60_000 });
  await page.getByRole('button', { name: 'Ask about the last week' }).click();
  await expect(page.getByText(/\d+ of \d+ decisions would come out otherwise/)).toBeVisible({
    timeout: 60_000,
  });
  await page.screenshot({ path: join(stage.pictures, 'draft-light.png'), fullPage: true });
  await page.getByRole('button', { name: 'Propose' }).click();
  await dialog.getByLabel('For the groups').fill('laptops');
  await dialog.getByLabel('Why, for those who approve').fill('Mistral signed the terms');
  await accessible(page, 'the dialog that proposes');
  await dialog.getByRole('button', { name: 'Propose' }).click();
  // Nobody else must approve on a server that does not ask for it.
  await expect(page.getByText('Approved: to be signed')).toBeVisible();

  // What is signed is what was approved.
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Get what is to be signed' }).click(),
  ]);
  const [unsigned, signed] = [info.outputPath('2.unsigned'), info.outputPath('2.weirbundle')];
  await download.saveAs(unsigned);
  execFileSync(stage.weir, ['policy', 'sign', unsigned, '--key', stage.key, '--out', signed]);
  await page.getByLabel('Signed bundle').setInputFiles(signed);
  await page.getByRole('button', { name: 'Publish' }).click();
  await expect(page.getByRole('link', { name: 'bundle 2' })).toBeVisible();
  await accessible(page, 'a published proposal');
  await page.getByRole('link', { name: 'its roll-out' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Roll-out of bundle 2');
  await page.screenshot({ path: join(stage.pictures, 'rollout-light.png'), fullPage: true });
  await accessible(page, 'a roll-out');
  await page.getByRole('button', { name: 'Pause' }).click();
  await dialog.getByRole('button', { name: 'Pause' }).click();
  await expect(page.getByText('Paused').first()).toBeVisible();
  await page.getByRole('button', { name: 'Roll back' }).click();
  await dialog.getByRole('button', { name: 'Roll back' }).click();
  await expect(page.getByText('Rolled back').first()).toBeVisible();
});
