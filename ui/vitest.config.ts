import { defineConfig } from 'vitest/config';
import { providers, services } from './build/index.ts';

/** Functions without a page; what needs one is in `console/e2e`. */
export default defineConfig({
  plugins: [providers, services],
  test: { include: ['*/src/**/*.test.ts'] },
});
