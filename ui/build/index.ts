import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';

/** The folder stays in the repository while its content does not: programs that embed it are built without it as well. */
export const kept: Plugin = {
  name: 'keep-dist',
  generateBundle() {
    this.emitFile({ type: 'asset', fileName: '.gitignore', source: '*\n!.gitignore\n' });
  },
};

/** A file on what the page is made with, each under its licence, as their licences ask for. */
export function licences(fileName: string, form: (text: string) => string): Plugin {
  return {
    name: 'licences',
    generateBundle(_, bundle) {
      const roots = new Set<string>();
      for (const file of Object.values(bundle)) {
        for (const id of file.type === 'chunk' ? Object.keys(file.modules) : []) {
          const root = /^\0?(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(id)?.[1];
          if (root !== undefined) roots.add(root);
        }
      }
      const text = [...roots]
        .sort()
        .map(licence)
        .join(`\n\n${'─'.repeat(72)}\n\n`);
      this.emitFile({ type: 'asset', fileName, source: form(text) });
    },
  };
}

function licence(root: string): string {
  const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<
    string,
    string
  >;
  const file = readdirSync(root).find((entry) => /^licen[cs]e/i.test(entry));
  if (file === undefined) throw new Error(`${name} comes without its licence`);
  return `${name} ${version}\n\n${readFileSync(join(root, file), 'utf8').trim()}`;
}

/** What a file of the catalogue describes; of a service, the company behind it as well. */
interface Named {
  id: string;
  name: string;
  provider?: string;
}

/** What the files of a folder of the catalogue describe, each under `key`, by name. */
export function named(folder: string, key: string): Named[] {
  const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
  const all = files.map((file) => {
    const text = readFileSync(join(folder, file), 'utf8');
    const line = (key: string) => new RegExp(`^${key}: *"?([^"\\n]+?)"? *$`, 'm').exec(text)?.[1];
    const id = line(key);
    if (id === undefined) throw new Error(`${file} names no ${key}`);
    const provider = key === 'provider' ? undefined : line('provider');
    return { id, name: line('name') ?? id, ...(provider === undefined ? {} : { provider }) };
  });
  return all.sort((one, other) => one.name.localeCompare(other.name, 'en'));
}

const CATALOGUE = join(import.meta.dirname, '../../policies/catalogue');

/** `virtual:NAME`: a part of the catalogue, which is not part of the page otherwise. */
function part(name: string, folder: string, key: string): Plugin {
  const id = `virtual:${name}`;
  return {
    name,
    resolveId: (asked) => (asked === id ? `\0${id}` : undefined),
    load: (asked) =>
      asked === `\0${id}`
        ? `export default ${JSON.stringify(named(join(CATALOGUE, folder), key))};`
        : undefined,
  };
}

/** `virtual:providers` */
export const providers = part('providers', 'providers', 'provider');

/** `virtual:services` */
export const services = part('services', '.', 'service');

/** How pages are built that a strict policy is held over: files, and nothing that is written into another one. */
export const build = {
  target: 'es2022',
  assetsInlineLimit: 0,
  modulePreload: { polyfill: false },
  reportCompressedSize: false,
} as const;
