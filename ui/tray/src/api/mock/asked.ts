import type {
  Action,
  Destination,
  Level,
  MatrixCell,
  MatrixRow,
  PolicyMatrix,
  ProviderAsked,
} from '../wire.ts';

const RULES: Record<Action, { rule: string; text: string } | undefined> = {
  allow: undefined,
  warn: { rule: 'data-classification/internal', text: 'internal data should not be sent there without need' },
  pseudonymise: {
    rule: 'data-classification/confidential',
    text: 'confidential data is replaced by stand-ins before it is sent',
  },
  redact: {
    rule: 'data-classification/bank',
    text: 'confidential data is removed before the message is sent',
  },
  block: { rule: 'data-classification/restricted', text: 'restricted data must not be sent' },
};

/** Every channel a message leaves by. */
const CHANNELS = ['browser', 'api', 'upload', 'gateway'] as const;

function cell(action: Action): MatrixCell {
  return { ways: [{ action, channels: [...CHANNELS], ...RULES[action] }] };
}

/** A cell in which files go another way than what people type. */
function apart(action: Action, files: Action): MatrixCell {
  return {
    ways: [
      { action: files, channels: ['upload'], ...RULES[files] },
      { action, channels: ['browser', 'api', 'gateway'], ...RULES[action] },
    ],
  };
}

function to(some: Partial<Destination>): Destination {
  return { host: '', service: null, provider: null, tier: 'unknown', region: null, model: null, ...some };
}

const LEVELS: readonly (readonly [Level, string | undefined])[] = [
  ['public', undefined],
  ['internal', 'personal/person_name'],
  ['confidential', 'personal/email'],
  ['restricted', 'security/aws_access_key_id'],
];

const ROWS: readonly MatrixRow[] = [
  {
    destination: to({ provider: 'openai' }),
    approval: 'approved',
    reason: 'decided by grace: the contract of May covers it',
    agreed_until: Date.UTC(2027, 2, 1),
    cells: [cell('allow'), cell('allow'), apart('pseudonymise', 'block'), cell('block')],
  },
  {
    destination: to({ provider: 'anthropic', tier: 'api' }),
    approval: 'approved',
    cells: [cell('allow'), cell('allow'), cell('redact'), cell('block')],
  },
  {
    destination: to({ provider: 'deepseek' }),
    approval: 'denied',
    reason: 'decided by grace: it trains on what it gets',
    cells: [cell('block'), cell('block'), cell('block'), cell('block')],
  },
  {
    destination: to({}),
    approval: 'unapproved',
    cells: [cell('allow'), cell('warn'), cell('block'), cell('block')],
  },
];

/** What may go where by the policy of the mock. */
export const MATRIX: PolicyMatrix = {
  levels: LEVELS.map(([level, example]) => ({ level, example })),
  rows: [...ROWS],
};

/** What was asked for before, and what was said to it. */
export function REQUESTS(now: number): ProviderAsked[] {
  const hours = (number: number) => now - number * 3_600_000;
  return [
    {
      id: 'r-3',
      provider: 'mistral',
      business_case: 'Translations of manuals for customers in France',
      state: 'pending',
      asked: hours(2),
    },
    {
      id: 'r-2',
      provider: 'anthropic',
      business_case: 'Review of our own code',
      state: 'approved',
      why: 'The contract is signed.',
      asked: hours(50),
    },
    {
      id: 'r-1',
      provider: 'notes.example',
      business_case: 'Minutes of meetings',
      state: 'refused',
      why: 'It keeps what it gets for ever.',
      asked: hours(400),
    },
  ];
}
