/** What was not done, as the window program says it: code, a line, and what it means. */
export class Refusal extends Error {
  readonly code: string;
  readonly title: string;
  readonly text: string;

  constructor(code: string, title: string, text: string) {
    super(title);
    this.name = 'Refusal';
    this.code = code;
    this.title = title;
    this.text = text;
  }
}

/** What was thrown, as a refusal; what is none is said as it is. */
export function refusalOf(thrown: unknown): Refusal {
  if (thrown instanceof Refusal) return thrown;
  const part = (name: string) => {
    const value =
      thrown !== null && typeof thrown === 'object' ? (thrown as Record<string, unknown>)[name] : '';
    return typeof value === 'string' ? value : '';
  };
  if (part('code') !== '') return new Refusal(part('code'), part('title'), part('text'));
  return new Refusal('unknown', '', typeof thrown === 'string' ? thrown : part('message'));
}
