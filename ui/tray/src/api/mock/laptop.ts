import type { Directive, DoctorCheck, Lifted, Reading, SelfTestStep, Server } from '../wire.ts';

/** What the doctor of the mock finds. */
export const CHECKS: readonly DoctorCheck[] = [
  row('agent', 'The agent answers', 'ok', 'version 0.9.0, up for 5 hours'),
  row(
    'trust-system',
    'The system trusts the certificate',
    'ok',
    'in /usr/local/share/ca-certificates',
    undefined,
    'Removes it from the system store',
  ),
  row(
    'trust-chromium',
    'Chromium trusts the certificate',
    'failed',
    'not in ~/.pki/nssdb',
    'Adds it to the database of this account',
  ),
  row(
    'trust-firefox',
    'Firefox trusts the certificate',
    'ok',
    '2 profiles',
    undefined,
    'Removes it from both profiles',
  ),
  row(
    'node',
    'Node trusts the certificate',
    'warning',
    'NODE_EXTRA_CA_CERTS is not set in this session',
    'Writes environment.d/weir.conf',
  ),
  row('trust-java', 'Java trusts the certificate', 'skipped', 'no Java on this laptop'),
  row('pac-chromium', 'Browsers take the way through Weir', 'ok', 'by policy, without a way around'),
  row('quic', 'Browsers speak no QUIC', 'ok', 'switched off by policy'),
  row('clock', 'The clock is right', 'ok', '0.2 s from the server'),
  row('policy', 'The policy is fresh', 'ok', 'bundle 12, from this morning'),
  row('server', 'The admin server is reached', 'ok', 'last heard of a minute ago'),
  row('disk', 'There is room for the log', 'ok', '84 GB free'),
];

function row(
  name: string,
  title: string,
  state: DoctorCheck['state'],
  found: string,
  fix?: string,
  undo?: string,
): DoctorCheck {
  return {
    name,
    title,
    state,
    found,
    fix: fix === undefined ? null : { title: fix },
    undo: undo === undefined ? null : { title: undo },
  };
}

/** What the self-test of the mock goes through. */
export const STEPS: readonly SelfTestStep[] = [
  {
    name: 'secret',
    title: 'A secret does not leave',
    state: 'ok',
    found: 'held back after 0.4 ms',
    millis: 300,
  },
  {
    name: 'card',
    title: 'A card number does not leave',
    state: 'ok',
    found: 'the far side received a mark in its place',
    millis: 300,
  },
  {
    name: 'clean',
    title: 'A clean message goes unchanged',
    state: 'ok',
    found: 'the same 214 bytes',
    millis: 300,
  },
  {
    name: 'surrogate',
    title: 'Stand-ins come back in a streamed answer',
    state: 'ok',
    found: '2 put back',
    millis: 300,
  },
  {
    name: 'file',
    title: 'A file with a secret does not leave',
    state: 'ok',
    found: 'held back',
    millis: 300,
  },
  {
    name: 'socket',
    title: 'A secret in a WebSocket does not leave',
    state: 'ok',
    found: 'held back after 0.3 ms',
    millis: 300,
  },
];

/** Who read records of this laptop. */
export function READINGS(now: number): Reading[] {
  return [
    {
      number: 218,
      time: now - 3 * 3_600_000,
      who: 'account:grace',
      what: 'events-read',
      purpose: 'ticket 4711: a key in a prompt',
      event: null,
      records: 12,
    },
    {
      number: 201,
      time: now - 30 * 3_600_000,
      who: 'token:7:siem',
      what: 'events-read',
      purpose: 'nightly export',
      event: null,
      records: 140,
    },
  ];
}

/** The admin server that the laptop belongs to. */
export function SERVER(now: number): Server {
  return {
    address: 'https://weir.acme.example',
    device: 'ada-latitude',
    group: 'engineering',
    heard: now - 70_000,
  };
}

/** What a code has lifted. */
export function LIFTED(now: number): Lifted {
  return { what: 'directive', directive: 4, until: now + 3_600_000 };
}

/** An order that holds. */
export function DIRECTIVE(now: number): Directive {
  return {
    number: 4,
    kind: 'block',
    providers: ['deepseek'],
    reason: 'under review',
    until: now + 7_200_000,
  };
}
