import { english } from '@weir/shared/words.ts';

export const text = english({
  en: {
    title: 'Mutes',
    about: 'Alerts that are counted and told to nobody for a while.',
    up: 'Alerts',
    make: 'Mute alerts',
    rule: 'Rule',
    subject: 'About',
    subjectHint: 'A device’s id, a service or a provider, as the alert names it. Empty: all.',
    everything: 'everything',
    hours: 'For how long',
    spans: { 1: '1 hour', 8: '8 hours', 24: '1 day', 168: '7 days', 720: '30 days' },
    why: 'Why',
    mute: 'Mute',
    until: 'Ends',
    by: 'By',
    end: 'End now',
    none: 'Nothing is muted',
    noneHelp: 'The same from the command line:',
    command: 'weir-server alert mute clock-jump --subject DEVICE --until 7d --why "dual boot"',
    commandWhat: 'mute alerts of a rule',
    muteTitle: 'Mute alerts',
    muteAbout: 'They are counted as ever; nobody is told until the mute ends.',
  },
});
