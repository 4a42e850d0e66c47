import * as shared from '@weir/shared/terms.ts';
import { english } from '@weir/shared/words.ts';

export { ACTIONS, CHANNELS, LEVELS, actorName } from '@weir/shared/terms.ts';

const own = english({
  en: {
    platforms: { linux: 'Linux', macos: 'macOS', windows: 'Windows' },
    tiers: {
      unknown: 'Unknown',
      anonymous: 'Without an account',
      consumer: 'Consumer',
      team: 'Team',
      enterprise: 'Enterprise',
      api: 'API',
      local: 'Local',
    },
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
      'seal-broken': 'Broken seal of a log',
      'log-split': 'Two logs of the server',
      'policy-withheld': 'Newest policy does not come',
      'clock-jump': 'Clock jumped',
      silent: 'Device silent',
      'rollout-paused': 'Roll-out paused',
      'promise-ending': 'Promise of a provider ends',
      appeal: 'An employee says that it is wrong',
    },
    urgencies: { '1': 'Low', '2': 'High', '3': 'Urgent' },
  },
});

/** Words that stand on many pages. */
export const terms = { ...shared.terms, ...own };

/** The word for one of them. */
export const term = shared.termsOf<keyof typeof terms>(terms);
