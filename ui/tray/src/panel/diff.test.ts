import { describe, expect, it } from 'vitest';
import { diff, shortened, type Part } from './diff.ts';

const before = (parts: readonly Part[]) =>
  parts.map(({ kind, text }) => (kind === 'come' ? '' : text)).join('');
const after = (parts: readonly Part[]) =>
  parts.map(({ kind, text }) => (kind === 'gone' ? '' : text)).join('');

describe('the difference between two texts', () => {
  it('shows a value and its mark, each whole', () => {
    expect(diff('pay with 41••••11 now', 'pay with [REDACTED:CREDIT_CARD] now')).toEqual([
      { kind: 'same', text: 'pay with ' },
      { kind: 'gone', text: '41••••11' },
      { kind: 'come', text: '[REDACTED:CREDIT_CARD]' },
      { kind: 'same', text: ' now' },
    ]);
  });

  it('does not tear a value apart by a sign that it shares with its mark', () => {
    const parts = diff('to a_b:c_d today', 'to [EMAIL:1] today');
    expect(parts.filter(({ kind }) => kind !== 'same')).toEqual([
      { kind: 'gone', text: 'a_b:c_d' },
      { kind: 'come', text: '[EMAIL:1]' },
    ]);
  });

  it('keeps two differences apart', () => {
    expect(diff('a one b two c', 'a 1 b 2 c').map(({ kind }) => kind)).toEqual([
      'same',
      'gone',
      'come',
      'same',
      'gone',
      'come',
      'same',
    ]);
  });

  it.each([
    ['', ''],
    ['same', 'same'],
    ['', 'all of it came'],
    ['all of it went', ''],
    ['äöü 你好 one\n\ntwo', 'äöü [X] one\n\nthree'],
    ['aaaa aaaa', 'aaaa'],
  ])('%j and %j come out of their parts again', (one, other) => {
    const parts = diff(one, other);
    expect([before(parts), after(parts)]).toEqual([one, other]);
  });

  it('whatever the texts are, both come out again', () => {
    const words = ['a', 'b', 'c ', ' ', '\n', '[X]', '•••', ':', 'ü'];
    let state = 7;
    const some = () =>
      Array.from({ length: 30 }, () => {
        state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
        return words[(state >>> 16) % words.length] ?? '';
      }).join('');
    for (let round = 0; round < 300; round += 1) {
      const [one, other] = [some(), some()];
      const parts = diff(one, other);
      expect([before(parts), after(parts)]).toEqual([one, other]);
    }
  });

  it('takes long texts that have nothing in common as one difference', () => {
    const long = (word: string) => Array.from({ length: 3000 }, (_, at) => `${word}${at}`).join(' ');
    expect(diff(long('x'), long('y')).length).toBeLessThanOrEqual(2);
  });
});

describe('what is shown of it', () => {
  it('leaves out what is far from a difference, and says so', () => {
    const far = 'word '.repeat(100);
    const shown = shortened(diff(`${far}KEY ${far}CARD ${far}`, `${far}[K] ${far}[C] ${far}`), 20);
    const same = shown.filter(({ kind }) => kind === 'same').map(({ text }) => text);
    expect(same.every((text) => text.includes('…') && text.length < 60)).toBe(true);
    expect(same[0]?.endsWith('word ')).toBe(true);
  });

  it('leaves short texts whole', () => {
    const parts = diff('a KEY b', 'a [K] b');
    expect(shortened(parts, 20)).toEqual(parts);
  });
});
