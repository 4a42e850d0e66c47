import { describe, expect, it } from 'vitest';
import { MATRIX } from '../../api/mock/asked.ts';
import type { Directive, MatrixRow } from '../../api/wire.ts';
import { alike, closedBy, found, isOther, requestMark, rowName, strictest } from './data.ts';

const { rows } = MATRIX;

function fail(): never {
  throw new Error('the mock has too few');
}

const [openai = fail(), anthropic = fail(), deepseek = fail(), other = fail()] = rows;

describe('what may go where', () => {
  it('names whom each row is about', () => {
    expect(rows.map(rowName)).toEqual(['OpenAI', 'Anthropic, API key', 'DeepSeek', 'Any other service']);
    expect(rows.map(isOther)).toEqual([false, false, false, true]);
  });

  it('has the row for all others last, wherever policy has it', () => {
    expect(found([other, openai], '').map(rowName)).toEqual(['OpenAI', 'Any other service']);
    expect(found(rows, ' openai ')).toEqual([openai]);
    expect(found(rows, 'nobody')).toEqual([]);
  });

  it('says for a service without a row which one holds: that of its company, else that of all others', () => {
    const like = (sought: string) => alike(rows, sought).map(({ name, row }) => `${name}: ${rowName(row)}`);
    expect(like('chatgpt')).toContain('ChatGPT: OpenAI');
    expect(like('mistral').every((line) => line.endsWith(': Any other service'))).toBe(true);
    expect(like('mistral').length).toBeGreaterThan(0);
    expect(like('')).toEqual([]);
    const own: MatrixRow = { ...openai, destination: { ...openai.destination, service: 'chatgpt-web' } };
    expect(alike([own, ...rows], 'chatgpt').map(({ name }) => name)).not.toContain('ChatGPT');
  });

  it('has the terms of one kind of account hold for no other', () => {
    const names = alike(rows, 'claude').map(({ row }) => row);
    expect(names).not.toContain(anthropic);
    expect(names).toContain(other);
  });

  it.each([
    ['nothing', undefined, []],
    ['nothing is intercepted', order('suspend'), []],
    ['everything', order('lockdown'), [openai, anthropic, deepseek, other]],
    ['one company', order('block', ['deepseek']), [deepseek]],
  ] as const)('is closed by an order: %s', (_, directive, closed) => {
    expect(rows.filter((row) => closedBy(directive, row))).toEqual(closed);
  });

  it('shows the strictest way', () => {
    expect(strictest(openai.cells[2]?.ways ?? [])).toBe('block');
    expect(strictest([])).toBe('block');
  });
});

it('a request that stands as no version knows has a mark all the same', () => {
  const request = { id: '1', provider: 'x', business_case: 'y', asked: 0 };
  expect(
    ['pending', 'approved', 'refused', 'later'].map((state) => requestMark({ ...request, state })),
  ).toEqual(['waiting', 'good', 'bad', 'off']);
});

function order(kind: Directive['kind'], providers: string[] = []): Directive {
  return { number: 1, kind, providers, reason: '', until: 0 };
}
