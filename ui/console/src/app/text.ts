import { english } from '@weir/shared/words.ts';

export const text = english({
  en: {
    account: 'Account',
    signOut: 'Sign out',
    cancel: 'Cancel',
    shortcuts: 'Keyboard shortcuts',
    noPage: 'There is no such page',
    noPageHelp: 'The address may be mistyped, or your role has no access to it.',
    toStart: 'Go to the first page you may see',
    notYours: 'Your role has nothing to see here',
    until: 'until',
    lockdown: 'AI services are closed',
    block: (providers: string) => `Closed: ${providers}`,
    suspend: 'Interception is suspended',
    forGroup: (group: string) => `for the group ${group}`,
    nav: {
      overview: 'Overview',
      events: 'Events',
      alerts: 'Alerts',
      devices: 'Devices',
      policies: 'Policies',
      requests: 'Requests',
      directives: 'Kill switch',
      reports: 'Exposure',
      journal: 'Journal',
      settings: 'Settings',
    },
    keys: {
      title: 'Keyboard shortcuts',
      about: 'Keys that are pressed one after the other. They do nothing while you type in a field.',
      help: 'This list',
      filter: 'The first field of the page',
      then: 'then',
      on: 'Use shortcuts of single keys',
    },
  },
});
