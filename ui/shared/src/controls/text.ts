import { words } from '../words.ts';

export const text = words({
  en: {
    close: 'Close',
    cancel: 'Cancel',
    copy: 'Copy',
    copied: 'Copied',
    copyFailed: 'Select the text and copy it by hand',
    again: 'Try again',
    optional: 'optional',
    loading: 'Loading …',
  },
});
