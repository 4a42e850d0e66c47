import type { HeldMessage, HeldText } from '../wire.ts';
import { idOf } from './events.ts';

/** A message that waits, and its texts as the agent knows them. */
export interface Waiting {
  message: HeldMessage;
  masked: HeldText;
  revealed: HeldText;
}

const MINUTE = 60_000;

const KEY = `${'AK'}IAZ7Q2WEIR4FLOWSPA`;
const CARD = '5555 5555 5555 4444';

/** Three that wait: one with a key, one with a contract that asks for a reason, one that cannot be cleaned. */
export function waiting(now: number): Waiting[] {
  return [key(now - 40_000), contract(now - 20_000), marked(now - 10_000)];
}

function key(since: number): Waiting {
  const text = (value: string, card: string) =>
    'The nightly copy to the archive stopped last Tuesday and nobody noticed until the quarterly review. ' +
    `Could you look at this configuration and tell me what is wrong with it?\n\n[archive]\naccess_key = ${value}\nregion = eu-central-1\nbucket = weir-archive-eu\n\n` +
    `The invoice for it was paid with ${card}, in case that matters. Please answer in two or three sentences that I can send on to the people in operations.`;
  return {
    message: {
      id: idOf(900_001, since),
      since,
      until: since + 10 * MINUTE,
      channel: 'browser',
      kind: 'prompt',
      destination: {
        host: 'chatgpt.com',
        service: 'chatgpt-web',
        provider: 'openai',
        tier: 'enterprise',
        region: null,
        model: 'gpt-5',
      },
      level: 'restricted',
      action: 'block',
      rule: 'data-classification/restricted',
      why: 'restricted data (security/aws_access_key_id, financial/credit_card) must not be sent to ChatGPT (OpenAI, approved)',
      found: { 'security/aws_access_key_id': 1, 'financial/credit_card': 1 },
      ways: {
        clean: true,
        edit: true,
        justify: false,
        appeal: true,
        request: { approvers: 2, most_hours: 8, most_uses: 3 },
      },
    },
    masked: piece(
      text('AK••••••••••••••PA', '55•••••••••••••••44'),
      text('[REDACTED:AWS_ACCESS_KEY_ID]', '[REDACTED:CREDIT_CARD]'),
    ),
    revealed: piece(text(KEY, CARD), text('[REDACTED:AWS_ACCESS_KEY_ID]', '[REDACTED:CREDIT_CARD]')),
  };
}

function contract(since: number): Waiting {
  const text = (value: string) =>
    `Please make this clause shorter: “The Supplier, represented by ${value}, shall deliver by the end of the quarter.”`;
  return {
    message: {
      id: idOf(900_002, since),
      since,
      until: since + 10 * MINUTE,
      channel: 'browser',
      kind: 'prompt',
      destination: {
        host: 'claude.ai',
        service: 'claude-web',
        provider: 'anthropic',
        tier: 'team',
        region: null,
        model: null,
      },
      level: 'confidential',
      action: 'warn',
      rule: 'data-classification/contracts',
      why: 'confidential data (business/contract) should not be sent to Claude (Anthropic, approved) without need',
      found: { 'business/contract': 1, 'personal/person_name': 1 },
      ways: { clean: true, edit: true, justify: true, appeal: false },
    },
    masked: piece(text('Gr•••••••••••er'), text('[PERSON_NAME_1]')),
    revealed: piece(text('Grace Kellermaier'), text('[PERSON_NAME_1]')),
  };
}

function marked(since: number): Waiting {
  const words = 'STRICTLY CONFIDENTIAL. Minutes of the board, for members alone. Please summarise them.';
  return {
    message: {
      id: idOf(900_003, since),
      since,
      until: since + 10 * MINUTE,
      channel: 'upload',
      kind: 'upload',
      destination: {
        host: 'chat.deepseek.com',
        service: 'deepseek-web',
        provider: 'deepseek',
        tier: 'consumer',
        region: null,
        model: null,
      },
      level: 'restricted',
      action: 'block',
      rule: 'provider-approval',
      why: 'a message that a sensitivity label makes restricted must not be sent to DeepSeek (DeepSeek, not approved)',
      found: {},
      ways: { clean: false, edit: false, justify: false, appeal: false },
    },
    masked: piece(words, words),
    revealed: piece(words, words),
  };
}

function piece(text: string, cleaned: string): HeldText {
  return { pieces: [{ role: 'prompt', text, cleaned }] };
}
