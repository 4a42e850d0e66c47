import { Problem, problemOf } from './problem.ts';
import type { components, paths } from './schema.d.ts';

/** Types of the API, by the names of its description. */
export type Schemas = components['schemas'];

type Method = 'get' | 'post' | 'put' | 'delete';
type Operation<P extends keyof paths, M extends Method> = NonNullable<paths[P][M]>;
type PathsOf<M extends Method> = {
  [P in keyof paths]: [NonNullable<paths[P][M]>] extends [never] ? never : P;
}[keyof paths];

type QueryOf<O> = O extends { parameters: { query?: infer Q } }
  ? [Q] extends [never]
    ? undefined
    : Q
  : undefined;
type PlacesOf<O> = O extends { parameters: { path: infer P } } ? P : undefined;
type BodyOf<O> = O extends { requestBody: { content: infer C } } ? C[keyof C] : undefined;
type Success<R> = R extends Record<200, infer A> ? A : R extends Record<201, infer A> ? A : undefined;
type AnswerOf<O> = O extends { responses: infer R }
  ? Success<R> extends { content: { 'application/json': infer A } }
    ? A
    : undefined
  : undefined;

/** What a call is made with; only what the operation takes. */
export interface Given<O> {
  query?: QueryOf<O>;
  path?: PlacesOf<O>;
  body?: BodyOf<O> | Blob;
  signal?: AbortSignal | undefined;
}

/** What is asked of the world around the client. */
export interface Around {
  fetch: typeof fetch;
  /** The session ended: somebody must sign in again. */
  signedOut: () => void;
  /** The one-time password must be changed before anything else. */
  oneTime: () => void;
}

/** The one way to the admin API: typed by its description, with the cookie of this origin. */
export class Client {
  readonly #around: Around;

  constructor(around: Around) {
    this.#around = around;
  }

  get<P extends PathsOf<'get'>>(path: P, given: Given<Operation<P, 'get'>> = {}) {
    return this.#call<Operation<P, 'get'>>('GET', path, given);
  }

  post<P extends PathsOf<'post'>>(path: P, given: Given<Operation<P, 'post'>> = {}) {
    return this.#call<Operation<P, 'post'>>('POST', path, given);
  }

  put<P extends PathsOf<'put'>>(path: P, given: Given<Operation<P, 'put'>> = {}) {
    return this.#call<Operation<P, 'put'>>('PUT', path, given);
  }

  delete<P extends PathsOf<'delete'>>(path: P, given: Given<Operation<P, 'delete'>> = {}) {
    return this.#call<Operation<P, 'delete'>>('DELETE', path, given);
  }

  /** Gets what is no JSON: a pack, a document. `came` is told how many bytes are here. */
  async file<P extends PathsOf<'get'>>(
    path: P,
    given: Given<Operation<P, 'get'>> = {},
    came: (bytes: number) => void = () => undefined,
  ): Promise<Blob> {
    const response = await this.#answered('GET', path, given);
    const parts: Uint8Array<ArrayBuffer>[] = [];
    let bytes = 0;
    const reader = response.body?.getReader();
    try {
      for (let part = await reader?.read(); part?.value; part = await reader?.read()) {
        parts.push(part.value);
        bytes += part.value.byteLength;
        came(bytes);
      }
    } catch (error) {
      throw lost(error);
    }
    return new Blob(parts, { type: response.headers.get('content-type') ?? '' });
  }

  async #call<O>(method: string, path: string, given: Given<O>): Promise<AnswerOf<O>> {
    const response = await this.#answered(method, path, given);
    // No content is typed as such, so what is not JSON is never looked at.
    return (response.status === 204 ? undefined : await response.json()) as AnswerOf<O>;
  }

  async #answered<O>(method: string, path: string, given: Given<O>): Promise<Response> {
    const response = await this.#sent(address(path, given.path, given.query), init(method, given));
    if (response.ok) return response;
    const problem = problemOf(response.status, await response.json().catch(() => undefined));
    if (problem.kind === 'sign-in-needed') this.#around.signedOut();
    if (problem.kind === 'password-change-needed') this.#around.oneTime();
    throw problem;
  }

  async #sent(url: string, options: RequestInit): Promise<Response> {
    try {
      return await this.#around.fetch(url, options);
    } catch (error) {
      throw lost(error);
    }
  }
}

/** What it means that no answer came, or not all of it: somebody stopped waiting, or the server is gone. */
function lost(error: unknown): unknown {
  if (error instanceof DOMException && error.name === 'AbortError') return error;
  return new Problem('unreachable', 0, undefined, undefined);
}

/** The path with its places filled in, and the conditions that are asked for behind it. */
export function address(path: string, places: unknown, query: unknown): string {
  const values = (places ?? {}) as Record<string, unknown>;
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(values[name])));
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries((query ?? {}) as Record<string, unknown>)) {
    if (value !== undefined && value !== null && value !== '') search.set(name, String(value));
  }
  const asked = search.toString();
  return asked === '' ? filled : `${filled}?${asked}`;
}

function init<O>(method: string, given: Given<O>): RequestInit {
  const headers: Record<string, string> = { accept: 'application/json' };
  // Pages of other sites cannot add it.
  if (method !== 'GET') headers['x-weir-csrf'] = '1';
  const options: RequestInit = { method, headers, credentials: 'same-origin', cache: 'no-store' };
  if (given.signal) options.signal = given.signal;
  if (given.body instanceof Blob) {
    headers['content-type'] = given.body.type;
    options.body = given.body;
  } else if (given.body !== undefined) {
    headers['content-type'] = 'application/json';
    options.body = JSON.stringify(given.body);
  }
  return options;
}
