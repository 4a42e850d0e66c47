import { words } from '@weir/shared/words.ts';

export const text = words({
  en: {
    title: 'Sign in to Weir',
    about: 'The admin server of your organisation.',
    name: 'Name',
    password: 'Password',
    code: 'Code',
    codeHint: 'Six digits from your code generator.',
    haveCode: 'I have a code generator',
    signIn: 'Sign in',
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
