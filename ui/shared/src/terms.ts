import { words } from './words.ts';

/** Words of the model, as people say them. */
export const terms = words({
  en: {
    levels: {
      public: 'Public',
      internal: 'Internal',
      confidential: 'Confidential',
      restricted: 'Restricted',
    },
    actions: { allow: 'Allow', warn: 'Warn', pseudonymise: 'Pseudonymise', redact: 'Redact', block: 'Block' },
    channels: {
      browser: 'Browser',
      api: 'API',
      upload: 'Upload',
      clipboard: 'Clipboard',
      gateway: 'Gateway',
    },
  },
  de: {
    levels: {
      public: 'Öffentlich',
      internal: 'Intern',
      confidential: 'Vertraulich',
      restricted: 'Streng vertraulich',
    },
    actions: {
      allow: 'Erlauben',
      warn: 'Warnen',
      pseudonymise: 'Pseudonymisieren',
      redact: 'Schwärzen',
      block: 'Zurückhalten',
    },
    channels: {
      browser: 'Browser',
      api: 'API',
      upload: 'Upload',
      clipboard: 'Zwischenablage',
      gateway: 'Gateway',
    },
  },
});

/** Finds the word for a term in tables; what a newer program says is shown as it says it. */
export function termsOf<K extends string>(tables: Record<K, Record<string, string>>) {
  return (kind: K, name: string): string => tables[kind][name] ?? name;
}

export const LEVELS = ['public', 'internal', 'confidential', 'restricted'] as const;
export const ACTIONS = ['allow', 'warn', 'pseudonymise', 'redact', 'block'] as const;
export const CHANNELS = ['browser', 'api', 'upload', 'clipboard', 'gateway'] as const;

/** Who did something, as people read it: accounts by their name alone, others with the word for their kind. */
export function actorName(actor: string): string {
  return actor.startsWith('account:') ? actor.slice('account:'.length) : actor.replace(':', ' ');
}
