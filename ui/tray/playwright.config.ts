import { join } from 'node:path';
import { defineConfig } from '@playwright/test';
import { chromium } from '../stories/chromium.ts';

const PORT = 4617;

/** Stories in a real Chromium, on the pages as they are built but for the agent, which is played in the page. */
export default defineConfig({
  testDir: './e2e',
  outputDir: './e2e/.out/results',
  workers: 2,
  fullyParallel: true,
  forbidOnly: true,
  timeout: 30_000,
  expect: { timeout: 5_000 },
  reporter: [['list', { printSteps: false }]],
  webServer: {
    command: `npx vite build tray --mode mock --logLevel warn && npx vite preview tray --mode mock --port ${PORT} --strictPort`,
    cwd: join(import.meta.dirname, '..'),
    url: `http://127.0.0.1:${PORT}/`,
    reuseExistingServer: false,
  },
  use: {
    baseURL: `http://127.0.0.1:${PORT}`,
    trace: 'retain-on-failure',
    launchOptions: chromium,
    viewport: { width: 1000, height: 720 },
    locale: 'en-GB',
  },
});
