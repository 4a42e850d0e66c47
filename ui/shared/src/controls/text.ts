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
  de: {
    close: 'Schließen',
    cancel: 'Abbrechen',
    copy: 'Kopieren',
    copied: 'Kopiert',
    copyFailed: 'Bitte markieren Sie den Text und kopieren Sie ihn von Hand',
    again: 'Erneut versuchen',
    optional: 'optional',
    loading: 'Wird geladen …',
  },
});
