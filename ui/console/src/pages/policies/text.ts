import { english } from '@weir/shared/words.ts';

export const text = english({
  en: {
    title: 'Policies',
    about:
      'Bundles of policy, signed by people. Devices run the highest number for their group, once they have verified and tested it.',
    drafts: 'Drafts',
    proposals: 'Proposals',
    upload: 'Publish a bundle',
    uploadTitle: 'Publish a signed bundle',
    uploadAbout:
      'The server verifies its signatures, and hands it to the devices of its audience within seconds. It cannot be taken back; a bundle with a higher number takes its place.',
    file: 'Bundle file',
    fileHint: 'As weir policy bundle made it: NUMBER.weirbundle',
    publish: 'Publish',
    published: (number: string, name: string) => `Bundle ${number} (${name}) is published.`,
    running: 'Who runs what',
    group: 'Group',
    runs: 'Runs bundle',
    newest: 'Newest for the group',
    devices: 'Devices',
    refused: 'Refused a newer one',
    upToDate: 'up to date',
    behind: 'behind',
    noBundle: 'none',
    bundles: 'Bundles',
    rollouts: 'Roll-outs',
    rollout: 'Bundle',
    stage: 'Stage',
    have: 'Run it',
    state: 'State',
    number: 'Number',
    pack: 'Pack',
    issued: 'Signed',
    publishedAt: 'Published',
    expires: 'Ends',
    digest: 'Digest',
    none: 'No bundle is published yet',
    noneHelp:
      'Until there is one, devices run the built-in weir/baseline: no provider is approved. Write a pack, test it, sign it, then publish it here or by the command line:',
    commands:
      'weir policy test acme.yaml\nweir policy bundle acme.yaml --number 1 --audience staff --key alice.key --out 1.weirbundle\nweir-server bundle publish 1.weirbundle',
    commandsWhat: 'test, sign and publish a pack',
    nobodyRuns: 'No device has said yet what it runs.',
  },
});
