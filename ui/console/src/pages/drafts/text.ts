import { english } from '@weir/shared/words.ts';

export const text = english({
  en: {
    title: 'Drafts',
    about:
      'Policy that is being written. Each save is a revision that nobody changes; the server checks, tests and compares it.',
    up: 'Policies',
    begin: 'Begin a draft',
    beginTitle: 'Begin a draft',
    beginAbout: 'It starts from a published bundle, or from a pack that extends the built-in weir/baseline.',
    name: 'Name',
    nameHint: 'Small letters, digits and -. It names the pack where there is no bundle to begin with.',
    base: 'Begin with',
    baseline: 'the built-in weir/baseline',
    bundle: (number: string, name: string) => `bundle ${number} (${name})`,
    create: 'Begin',
    author: 'Begun by',
    created: 'Begun',
    newest: 'Revisions',
    state: 'State',
    open: 'Open',
    closed: 'Closed',
    all: 'Closed as well',
    none: 'No draft is open',
    noneHelp: 'Begin one here, or on the command line of the server:',
    command: 'weir-server policy draft acme',
    commandWhat: 'begin a draft',
  },
});
