import { defineConfig } from 'vitest/config';

/** Functions without a page; what needs one is in `console/e2e`. */
export default defineConfig({ test: { include: ['*/src/**/*.test.ts'] } });
