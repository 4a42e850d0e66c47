import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig, type Plugin } from 'vite';

/** The folder stays in the repository while its content does not: see `server/build.rs`. */
const kept: Plugin = {
  name: 'keep-dist',
  generateBundle() {
    this.emitFile({ type: 'asset', fileName: '.gitignore', source: '*\n!.gitignore\n' });
  },
};

const CATALOGUE = join(import.meta.dirname, '../../policies/catalogue/providers');

/** `virtual:providers`: ids and names of the catalogue, which is not part of the page otherwise. */
const providers: Plugin = {
  name: 'providers',
  resolveId: (id) => (id === 'virtual:providers' ? '\0virtual:providers' : undefined),
  load(id) {
    if (id !== '\0virtual:providers') return undefined;
    const files = readdirSync(CATALOGUE).filter((name) => name.endsWith('.yaml'));
    const all = files.map((name) => {
      const text = readFileSync(join(CATALOGUE, name), 'utf8');
      const line = (key: string) => new RegExp(`^${key}: *"?([^"\\n]+?)"? *$`, 'm').exec(text)?.[1];
      const provider = line('provider');
      if (provider === undefined) throw new Error(`${name} names no provider`);
      return { id: provider, name: line('name') ?? provider };
    });
    all.sort((one, other) => one.name.localeCompare(other.name, 'en'));
    return `export default ${JSON.stringify(all)};`;
  },
};

/** `licences.txt`: what the page is made with, each under its licence, as their licences ask for. */
const licences: Plugin = {
  name: 'licences',
  generateBundle(_, bundle) {
    const roots = new Set<string>();
    for (const file of Object.values(bundle)) {
      for (const id of file.type === 'chunk' ? Object.keys(file.modules) : []) {
        const root = /^\0?(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(id)?.[1];
        if (root !== undefined) roots.add(root);
      }
    }
    const source = [...roots]
      .sort()
      .map(licence)
      .join(`\n\n${'─'.repeat(72)}\n\n`);
    this.emitFile({ type: 'asset', fileName: 'licences.txt', source });
  },
};

function licence(root: string): string {
  const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<
    string,
    string
  >;
  const file = readdirSync(root).find((entry) => /^licen[cs]e/i.test(entry));
  if (file === undefined) throw new Error(`${name} comes without its licence`);
  return `${name} ${version}\n\n${readFileSync(join(root, file), 'utf8').trim()}`;
}

export default defineConfig({
  root: import.meta.dirname,
  plugins: [svelte(), kept, providers, licences],
  build: {
    target: 'es2022',
    // The policy of the page allows files and nothing that is written into another one.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
});
