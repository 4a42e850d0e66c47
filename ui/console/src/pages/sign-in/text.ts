import { english } from '@weir/shared/words.ts';

export const text = english({
  en: {
    title: 'Sign in to Weir',
    about: 'The admin server of your organisation.',
    name: 'Name',
    password: 'Password',
    code: 'Code',
    codeHint: 'Six digits from your code generator.',
    haveCode: 'I have a code generator',
    signIn: 'Sign in',
    signInWith: (provider: string) => `Sign in with ${provider}`,
    orHere: 'Or with an account of this server:',
    refusedTitle: 'The sign-in did not work out',
    refused: {
      stale: 'It took too long, or was begun in another window. Begin again.',
      'no-role':
        'None of your groups has a role here. An administrator adds one to the section [openid] of server.toml.',
      name: 'Your name at the provider cannot be one here: letters a to z, digits, and . _ @ - only.',
      taken: 'Your name belongs to a local account here. An administrator gives that one another name.',
      disabled: 'Your account is disabled here. Ask an administrator.',
      'last-admin': 'You are the last administrator, and your groups no longer say so. Add one first.',
      'provider-refused': 'The provider did not let you in.',
      provider:
        'The provider does not answer as it should. The server’s log says more. Accounts with passwords still sign in.',
      failed: 'The server failed. Its log says why.',
    },
    maybeCode: 'If your account has a code generator, enter its code as well.',
    firstTitle: 'The first time here?',
    first:
      'weir-server init printed a one-time password for the first administrator. Everybody else gets one from an administrator:',
    firstCommand: 'weir-server account create NAME --role ROLE',
    firstWhat: 'make an account',
    forgotten: 'Forgotten? An administrator gives you a new one:',
    forgottenCommand: 'weir-server account reset NAME',
    forgottenWhat: 'give a new one-time password',
    passwordTitle: 'Choose a password of your own',
    passwordAbout:
      'You signed in with a one-time password. It is used up by this; nothing else is open before.',
    old: 'Password so far',
    oneTime: 'One-time password',
    new: 'New password',
    newHint: '12 to 256 characters. Length matters more than signs.',
    tooShort: 'It has fewer than 12 characters.',
    again: 'New password, once more',
    differs: 'The two are not the same.',
    change: 'Change password',
    signOut: 'Sign out',
  },
});
