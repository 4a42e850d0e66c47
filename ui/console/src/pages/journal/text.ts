import { english } from '@weir/shared/words.ts';

export const text = english({
  en: {
    title: 'Journal',
    about:
      'Who changed what, and who read what and why. Each row holds the hash of the row before; the head is signed.',
    verify: 'Verify',
    intact: (rows: string) => `Whole: ${rows} rows, none changed and none missing`,
    broken: 'The journal was tampered with',
    brokenHelp:
      'Do not change anything. Save the database and journal.head of the server’s home, and compare with a head that was kept elsewhere.',
    head: 'Newest signed head. Keep it elsewhere, and hold the journal against it later:',
    headWhat: 'the signed head',
    log: (entries: string) => `The log of what the server acknowledged has ${entries} entries.`,
    cosigned: (by: string, of: string, entries: string) =>
      `Its first ${entries} entries were verified and cosigned by ${by} of ${of} laptops`,
    notCosigned: 'No laptop has cosigned it yet.',
    number: 'Number',
    time: 'Time',
    actor: 'Who',
    action: 'What',
    subject: 'To whom or what',
    details: 'Details',
    hash: 'Hash',
    older: 'Older rows',
    newest: 'Back to the newest',
    none: 'There is no row here',
    noneHelp: 'Whatever is changed from now on is entered. The same from the command line of the server:',
    command: 'weir-server journal verify',
    commandWhat: 'verify the journal',
    again: 'Look again',
  },
});
