import { words } from '@weir/shared/words.ts';

/** Words of the model that stand on many pages. */
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
    platforms: { linux: 'Linux', macos: 'macOS', windows: 'Windows' },
    dispositions: {
      released: 'Went on unchanged',
      rewritten: 'Went on with changes',
      blocked: 'Did not leave',
      held: 'Waits for the employee',
      justified: 'Went on after a reason was given',
      withdrawn: 'Taken back by the employee',
      failed: 'Kept from leaving by an error',
      observed: 'Only looked at',
    },
    rules: {
      'restricted-sent': 'Restricted data left',
      'restricted-held': 'Restricted data held back',
      'repeated-failures': 'Repeated failures',
      spike: 'Spike on a device',
      'fleet-spike': 'Spike in the fleet',
      'new-service': 'New AI service',
      'provider-errors': 'Provider errors',
      'chain-gap': 'Gap in a log',
      'chain-fork': 'Fork of a log',
      'chain-roll-back': 'Log rolled back',
      clone: 'Cloned device',
      'clock-jump': 'Clock jumped',
      silent: 'Device silent',
      'rollout-paused': 'Roll-out paused',
    },
    urgencies: { '1': 'Low', '2': 'High', '3': 'Urgent' },
  },
});

/** The word for a term; what a newer server says is shown as it says it. */
export function term(kind: keyof typeof terms, name: string): string {
  const table: Record<string, string> = terms[kind];
  return table[name] ?? name;
}

export const LEVELS = ['public', 'internal', 'confidential', 'restricted'] as const;
export const ACTIONS = ['allow', 'warn', 'pseudonymise', 'redact', 'block'] as const;
export const CHANNELS = ['browser', 'api', 'upload', 'clipboard', 'gateway'] as const;

/** Who did something, as people read it: accounts by their name alone, others with the word for their kind. */
export function actorName(actor: string): string {
  return actor.startsWith('account:') ? actor.slice('account:'.length) : actor.replace(':', ' ');
}
