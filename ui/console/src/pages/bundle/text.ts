import { english } from '@weir/shared/words.ts';

export const text = english({
  en: {
    title: (number: string) => `Bundle ${number}`,
    up: 'Policies',
    said: (pack: string, audience: string, signers: string) =>
      `The pack ${pack}, for ${audience}, signed with ${signers}.`,
    groups: (count: number, names: string) => (count === 1 ? `the group ${names}` : `the groups ${names}`),
    nobody: 'no group',
    keys: (count: number) => (count === 1 ? 'one key' : `${count} keys`),
    issued: 'Signed',
    expires: 'No device takes it after',
    digest: 'Digest',
    signers: 'Keys that signed',
    audience: 'For the groups',
    catalogue: 'Catalogue',
    services: (count: string) => `${count} files on AI services and providers`,
    files: 'Other files',
    packs: 'Packs',
    inForce: 'in force',
    extended: 'extended by it',
  },
});
