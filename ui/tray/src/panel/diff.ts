/** A piece of a text: in both, only in the one before, or only in the one after. */
export interface Part {
  kind: 'same' | 'gone' | 'come';
  text: string;
}

/** Above this many comparisons, what lies between the first and the last difference counts as one. */
const MOST = 4_000_000;

/** How a text becomes another one, by words. Joined, what is not `come` is the one before, and what is not `gone` the one after. */
export function diff(before: string, after: string): Part[] {
  const [old, now] = [words(before), words(after)];
  let start = 0;
  while (start < old.length && start < now.length && old[start] === now[start]) start += 1;
  let end = 0;
  while (end < old.length - start && end < now.length - start && old.at(-1 - end) === now.at(-1 - end))
    end += 1;
  const middle = between(old.slice(start, old.length - end), now.slice(start, now.length - end));
  const parts: Part[] = [
    { kind: 'same', text: old.slice(0, start).join('') },
    ...middle,
    { kind: 'same', text: old.slice(old.length - end).join('') },
  ];
  return joined(closed(parts.filter(({ text }) => text !== '')));
}

/** Words, spaces and single signs; a hidden value is one word. */
function words(text: string): string[] {
  return text.match(/[\p{L}\p{N}\p{M}_•]+|\s+|[^\p{L}\p{N}\p{M}_•\s]/gu) ?? [];
}

/** By the longest common run of words, the usual table from the end. */
function between(old: readonly string[], now: readonly string[]): Part[] {
  if (old.length * now.length > MOST) {
    return [
      { kind: 'gone', text: old.join('') },
      { kind: 'come', text: now.join('') },
    ];
  }
  const wide = now.length + 1;
  const common = new Uint32Array((old.length + 1) * wide);
  const at = (i: number, j: number) => common[i * wide + j] ?? 0;
  for (let i = old.length - 1; i >= 0; i -= 1) {
    for (let j = now.length - 1; j >= 0; j -= 1) {
      common[i * wide + j] = old[i] === now[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const parts: Part[] = [];
  let [i, j] = [0, 0];
  while (i < old.length || j < now.length) {
    if (i < old.length && j < now.length && old[i] === now[j]) {
      parts.push({ kind: 'same', text: old[i] ?? '' });
      i += 1;
      j += 1;
    } else if (i < old.length && (j === now.length || at(i + 1, j) >= at(i, j + 1))) {
      parts.push({ kind: 'gone', text: old[i] ?? '' });
      i += 1;
    } else {
      parts.push({ kind: 'come', text: now[j] ?? '' });
      j += 1;
    }
  }
  return parts;
}

/** A sign or two that two differences have in common by chance would tear one value apart: it goes with them. */
function closed(parts: readonly Part[]): Part[] {
  return parts.flatMap((part, index) => {
    const inside = parts[index - 1]?.kind !== 'same' && parts[index + 1]?.kind !== 'same';
    const between = index > 0 && index < parts.length - 1;
    if (part.kind !== 'same' || !between || !inside || /\s/.test(part.text) || part.text.length > 2)
      return [part];
    return [
      { kind: 'gone', text: part.text },
      { kind: 'come', text: part.text },
    ] satisfies Part[];
  });
}

/** Neighbours of one kind are one; within a difference, what is gone stands before what comes. */
function joined(parts: readonly Part[]): Part[] {
  const result: Part[] = [];
  let [gone, come] = ['', ''];
  const flush = () => {
    if (gone !== '') result.push({ kind: 'gone', text: gone });
    if (come !== '') result.push({ kind: 'come', text: come });
    [gone, come] = ['', ''];
  };
  for (const { kind, text } of parts) {
    if (kind === 'gone') gone += text;
    else if (kind === 'come') come += text;
    else {
      flush();
      const last = result.at(-1);
      if (last?.kind === 'same') last.text += text;
      else result.push({ kind, text });
    }
  }
  flush();
  return result;
}

/** The differences with `around` signs on each side; what lies between is left out, which `…` says. */
export function shortened(parts: readonly Part[], around: number): Part[] {
  return parts.map((part, index) => {
    if (part.kind !== 'same') return part;
    const [first, last] = [index === 0, index === parts.length - 1];
    const signs = [...part.text];
    const most = first || last ? around : 2 * around;
    if (signs.length <= most + 8) return part;
    const head = first && !last ? '' : signs.slice(0, around).join('');
    const tail = last ? '' : signs.slice(-around).join('');
    return { kind: 'same', text: `${head.trimEnd()} … ${tail.trimStart()}`.trim() + edge(tail, head) };
  });
}

/** What is cut between words keeps the space to its neighbour. */
function edge(tail: string, head: string): string {
  return /\s$/.test(tail === '' ? '' : tail) || (tail === '' && /\s$/.test(head)) ? ' ' : '';
}
