import type { Action, Channel, Event, Finding, Level, Tier } from '../wire.ts';

/** Numbers that look like chance and are the same each time: a linear congruential generator. */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

interface Place {
  service: string;
  provider: string;
  host: string;
  tier: Tier;
  channel: Channel;
  process: string;
  model: string | null;
}

const PLACES: readonly Place[] = [
  ['chatgpt-web', 'openai', 'chatgpt.com', 'enterprise', 'browser', '/usr/bin/chromium', 'gpt-5'],
  ['claude-web', 'anthropic', 'claude.ai', 'team', 'browser', '/usr/bin/firefox', null],
  ['anthropic-api', 'anthropic', 'api.anthropic.com', 'api', 'api', '/usr/bin/node', 'claude-sonnet-5'],
  ['openai-api', 'openai', 'api.openai.com', 'api', 'api', '/usr/bin/python3', 'gpt-5-mini'],
  ['gemini-web', 'google', 'gemini.google.com', 'consumer', 'browser', '/usr/bin/chromium', null],
  ['github-copilot', 'github', 'api.githubcopilot.com', 'enterprise', 'api', '/usr/share/code/code', null],
  ['deepseek-web', 'deepseek', 'chat.deepseek.com', 'consumer', 'browser', '/usr/bin/chromium', null],
].map((row) => {
  const [service, provider, host, tier, channel, process, model] = row as [
    string,
    string,
    string,
    Tier,
    Channel,
    string,
    string | null,
  ];
  return { service, provider, host, tier, channel, process, model };
});

interface Case {
  types: readonly (readonly [string, Level])[];
  level: Level;
  action: Action;
  rule: string;
  disposition: string;
  text: string;
}

const CASES: readonly Case[] = [
  { types: [], level: 'public', action: 'allow', rule: '', disposition: 'released', text: '' },
  { types: [], level: 'internal', action: 'allow', rule: '', disposition: 'released', text: '' },
  {
    types: [
      ['personal/email', 'confidential'],
      ['personal/person_name', 'confidential'],
    ],
    level: 'confidential',
    action: 'pseudonymise',
    rule: 'data-classification/confidential',
    disposition: 'rewritten',
    text: 'confidential data (personal/email, personal/person_name) is replaced by stand-ins before it is sent',
  },
  {
    types: [['financial/iban', 'confidential']],
    level: 'confidential',
    action: 'redact',
    rule: 'data-classification/bank',
    disposition: 'rewritten',
    text: 'confidential data (financial/iban) is removed before the message is sent',
  },
  {
    types: [['business/contract', 'confidential']],
    level: 'confidential',
    action: 'warn',
    rule: 'data-classification/contracts',
    disposition: 'justified',
    text: 'confidential data (business/contract) should not be sent without need',
  },
  {
    types: [['security/aws_access_key_id', 'restricted']],
    level: 'restricted',
    action: 'block',
    rule: 'data-classification/restricted',
    disposition: 'blocked',
    text: 'restricted data (security/aws_access_key_id) must not be sent',
  },
  {
    types: [
      ['financial/credit_card', 'restricted'],
      ['personal/email', 'confidential'],
    ],
    level: 'restricted',
    action: 'block',
    rule: 'data-classification/restricted',
    disposition: 'withdrawn',
    text: 'restricted data (financial/credit_card) must not be sent',
  },
];

function pick<T>(all: readonly T[], chosen: number): T {
  const found = all[Math.min(Math.floor(chosen * all.length), all.length - 1)];
  if (found === undefined) throw new Error('nothing to choose from');
  return found;
}

/** So many decisions of the past, oldest first, the newest some minutes before `now`. */
export function past(count: number, now: number): Event[] {
  const next = chance(20_270_203);
  const events: Event[] = [];
  let time = now - 4 * 60_000;
  for (let seq = count; seq >= 1; seq -= 1) {
    events.push(event(seq, time, pick(PLACES, next() ** 1.6), pick(CASES, next() ** 1.5), next));
    time -= Math.floor(next() * 18 * 60_000) + 20_000;
  }
  return events.reverse();
}

function event(seq: number, time: number, place: Place, found: Case, next: () => number): Event {
  const { service, provider, host, tier, channel, process, model } = place;
  const findings = found.types.map(([data_type, level], segment): Finding => ({
    data_type,
    level,
    confidence: next() < 0.8 ? 'high' : 'medium',
    place: { role: next() < 0.7 ? 'prompt' : 'attachment', locator: 'json:/messages/*/content', segment },
    count: next() < 0.75 ? 1 : 2 + Math.floor(next() * 4),
    fingerprint: Math.floor(next() * 2 ** 32)
      .toString(16)
      .padStart(32, '0'),
  }));
  return {
    id: idOf(seq, time),
    seq,
    time,
    device: 'ada-latitude',
    user: 'ada',
    process,
    pid: 2000 + (seq % 400),
    channel,
    kind: 'prompt',
    destination: { host, service, provider, tier, region: null, model },
    level: found.level,
    findings,
    per_finding: findings.map(() => found.action),
    findings_omitted: 0,
    attachments: 0,
    environment: 'production',
    action: found.action,
    reasons:
      found.rule === ''
        ? []
        : [
            {
              rule: found.rule,
              member: 'data-classification',
              action: found.action,
              mode: 'enforce',
              text: found.text,
            },
          ],
    bundle: { number: 12, digest: '5c0d'.repeat(16) },
    disposition: found.disposition,
    latency_us: 140 + Math.floor(next() * 900),
    message_bytes: 400 + Math.floor(next() * 40_000),
    response:
      found.action === 'block'
        ? null
        : {
            status: 200,
            findings: [],
            restored: found.action === 'pseudonymise' ? 2 : 0,
            complete: true,
            latency_us: 900_000 + Math.floor(next() * 4_000_000),
            answer_bytes: 1_000 + Math.floor(next() * 60_000),
          },
  };
}

/** A version 7 UUID of that time. */
export function idOf(number: number, time: number): string {
  const hex = time.toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7000-8000-${number.toString(16).padStart(12, '0')}`;
}
