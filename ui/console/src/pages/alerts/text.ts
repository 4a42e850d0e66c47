import { english } from '@weir/shared/words.ts';

export const text = english({
  en: {
    title: 'Alerts',
    about: 'What somebody should look at. Urgent ones within an hour, high ones within a day.',
    mutes: 'Mutes',
    state: 'State',
    open: 'Open',
    all: 'Closed as well',
    rule: 'Rule',
    any: 'Any',
    urgency: 'Urgency',
    atLeast: 'Urgency, at least',
    alert: 'Alert',
    subject: 'About',
    last: 'Latest sign',
    count: 'Signs',
    due: 'Look by',
    overdue: 'overdue',
    cut: (most: string) => `The newest ${most} are shown: filter to see others.`,
    none: 'No alert is open',
    noneHelp:
      'Alerts are raised from the records that arrive. To be told of them elsewhere, add a route to server.toml:',
    route:
      '[[route]]\nname = "pager"\nurgency = 3\nto = { webhook = { url = "https://hooks.example/weir", secret = { file = "pager.secret" } } }',
    routeWhat: 'a route for urgent alerts',
    states: { open: 'Open', acknowledged: 'Somebody looks', closed: 'Closed' },
  },
});
