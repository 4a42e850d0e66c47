import { english } from '@weir/shared/words.ts';

export const text = english({
  en: {
    title: 'Exposure',
    about:
      'What a provider received in a time, by data type: asked when a provider says that it lost data. Asking is entered in the journal.',
    provider: 'Provider',
    since: 'From',
    until: 'Until',
    untilHint: 'Empty: now.',
    purpose: 'Purpose',
    purposeHint: 'For example: they lost data, ticket 4711. It is entered in the journal.',
    ask: 'Ask',
    wrongTime: 'Enter a date and a time.',
    answer: (provider: string) => `What ${provider} received`,
    nothing: (provider: string) => `Nothing left for ${provider} in this time`,
    unsaid: (provider: string) => `No record that could be read says that something left for ${provider}`,
    nothingHelp:
      'That holds for what enrolled laptops have sent to this server so far, and for the provider’s name as records have it.',
    messages: 'Messages',
    bytes: 'Size',
    kept: 'Kept from it',
    devices: 'Devices',
    users: 'Users',
    byLevel: 'By level',
    type: 'Data type',
    level: 'Level',
    sent: 'Left as they were',
    spared: 'Taken out or replaced before',
    inMessages: 'In messages',
    classes: 'By data type',
    noClasses: 'Nothing was found in what left.',
    unanswered: 'What this does not answer for',
    unread: 'Records of devices that are newer than the server: they could not be read',
    keptSince: 'No longer kept: records that arrived before',
    command: (provider: string) =>
      `weir-server exposure ${provider} --since 2027-01-31 --until 2027-02-02 --purpose "they lost data"`,
    commandWhat: 'ask from the command line',
    same: 'The same from the command line of the server:',
  },
});
