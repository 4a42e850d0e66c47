import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import ts from 'typescript-eslint';

export default ts.config(
  {
    ignores: [
      '**/dist/',
      '**/.out/',
      '**/node_modules/',
      'console/src/api/schema.d.ts',
      'tray/src/api/wire.ts',
    ],
  },
  js.configs.recommended,
  ...ts.configs.strict,
  ...svelte.configs.recommended,
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser } },
  },
  {
    rules: {
      // TypeScript knows the names.
      'no-undef': 'off',
      eqeqeq: 'error',
      'svelte/no-at-html-tags': 'error',
      // Addresses are made in one place, which is not SvelteKit's.
      'svelte/no-navigation-without-resolve': 'off',
      'svelte/button-has-type': 'error',
    },
  },
);
