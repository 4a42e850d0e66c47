import type { Commands, Told } from '../commands.ts';
import { Refusal } from '../refusal.ts';
import type {
  Appealed,
  Connection,
  DoctorCheck,
  EventQuery,
  HeldSend,
  ProviderAsked,
  SelfTestStep,
  Settings,
  Status,
} from '../wire.ts';
import { MATRIX, REQUESTS } from './asked.ts';
import { idOf, past } from './events.ts';
import { waiting } from './held.ts';
import { CHECKS, DIRECTIVE, LIFTED, READINGS, SERVER, STEPS } from './laptop.ts';

/** How the world of the mock is: from the address, `?world=offline&language=de&events=10000`. */
export interface World {
  connection: Connection['state'];
  held: number;
  events: number;
  problems: boolean;
  directive: boolean;
  /** A code has lifted a directive. */
  lifted: boolean;
  enrolled: boolean;
  /** Requests for providers that were made before. */
  asked: boolean;
  /** Policy names no service. */
  unnamed: boolean;
  settings: Settings;
}

/** Whoever plays the agent: answers commands, and tells what happens. */
export class MockAgent {
  private readonly now = Date.now();
  private readonly world: World;
  private readonly tell: <T extends keyof Told>(what: T, given: Told[T]) => void;
  private readonly events;
  private held;
  private checks: DoctorCheck[];
  private connected: boolean;
  private requests: ProviderAsked[];
  private appeals: Appealed[] = [];
  private told = 0;
  /** What left the page, for tests to look at. */
  readonly left: { command: string; given: unknown }[] = [];

  constructor(world: World, tell: MockAgent['tell']) {
    this.world = world;
    this.tell = tell;
    this.events = past(world.events, this.now);
    this.held = waiting(this.now).slice(0, world.held);
    this.checks = [...CHECKS];
    this.requests = world.asked ? REQUESTS(this.now) : [];
    this.connected = world.connection === 'connected';
  }

  /** Answers a command as the window program would. */
  readonly answers: {
    [C in keyof Commands]: (given: Commands[C]['given']) => Promise<Commands[C]['comes']>;
  } = {
    connection: async () =>
      this.connected
        ? { state: 'connected', version: '0.9.0' }
        : ({ state: this.world.connection } as Connection),
    status: async () => this.reached(() => this.status()),
    events: async ({ query }) => this.reached(() => this.list(query)),
    recorded_about_me: async ({ query }) =>
      this.reached(() => ({
        ...this.list(query),
        ...(this.world.enrolled ? { readings: READINGS(this.now) } : {}),
      })),
    event: async ({ id }) => this.reached(() => this.event(id)),
    event_records: async ({ id }) =>
      this.reached(() => {
        const { seq, time, ...rest } = this.event(id);
        const body = JSON.stringify({ time, event: id, ...rest });
        return { records: [{ seq, kind: 'decision', time, body }] };
      }),
    appeal: async ({ id, ask }) => {
      this.event(id);
      this.spotless(ask.reason);
      return this.appealed(id, ask.reason);
    },
    policy_matrix: async () =>
      this.reached(() => ({ ...MATRIX, rows: this.world.unnamed ? [] : MATRIX.rows })),
    asked: async () => this.reached(() => ({ providers: this.requests, appeals: this.appeals })),
    ask_provider: async ({ wanted }) => {
      this.spotless(wanted.business_case);
      const request = {
        id: `r-${this.requests.length}`,
        provider: wanted.provider.toLowerCase(),
        business_case: wanted.business_case,
        state: 'pending',
        asked: Date.now(),
      };
      this.requests = [request, ...this.requests];
      return request;
    },
    enter_code: async ({ ask }) => {
      const letters = ask.code.replace(/[\s-]/g, '');
      if (letters.length !== 12) refuse('override.misheard', 'Refused', 'a code has 12 letters and digits');
      if (!letters.startsWith('7')) refuse('override.wrong', 'Refused', 'not a code for this device');
      this.world.directive = false;
      this.world.lifted = true;
      this.tell('weir://status', this.status());
      return { number: 3, lifted: LIFTED(this.now) };
    },
    held: async () => this.reached(() => this.held.map(({ message }) => message)),
    held_text: async ({ id, revealed }) => {
      const waits = this.waits(id);
      return revealed ? waits.revealed : waits.masked;
    },
    held_send: async ({ id, how }) => {
      this.sendable(id, how);
      return this.end(
        id,
        { cleaned: 'cleaned', edited: 'edited', as_it_is: 'justified', approved: 'excepted' }[how.how],
      );
    },
    held_request: async ({ id, ask }) => {
      const waits = this.waits(id);
      this.spotless(ask.reason);
      waits.message = { ...waits.message, request: { state: 'pending', go: ask.go } };
      this.tell('weir://held', { change: 'waits', ...waits.message });
      return waits.message;
    },
    held_appeal: async ({ id, ask }) => {
      const waits = this.waits(id);
      this.spotless(ask.reason);
      waits.message = { ...waits.message, appeal: this.appealed(id, ask.reason) };
      this.tell('weir://held', { change: 'waits', ...waits.message });
      return waits.message;
    },
    held_drop: async ({ id }) => this.end(id, 'dropped'),
    copy_text: async () => null,
    settings: async () => this.world.settings,
    set_settings: async ({ settings }) => {
      this.world.settings = settings;
      sessionStorage.setItem('mock-settings', JSON.stringify(settings));
      this.tell('weir://settings', settings);
      return settings;
    },
    open: async ({ page }) => {
      location.hash = page === 'panel' ? '/panel' : page;
      return null;
    },
    close_window: async () => null,
    doctor: async () => ({ checks: this.checks }),
    doctor_fix: async ({ check }) => this.set(check, 'ok'),
    doctor_undo: async ({ check }) => this.set(check, 'failed'),
    self_test: () => this.test(),
    export: async ({ name }) => ({ path: `/home/ada/Downloads/${name}` }),
  };

  /** Ids of the messages that wait, the longest waiting first. */
  get waiting(): string[] {
    return this.held.map(({ message }) => message.id);
  }

  /** An exception for a message is decided. */
  decide(id: string, state: 'approved' | 'refused', why = ''): void {
    const waits = this.waits(id);
    waits.message = { ...waits.message, request: { state, why, go: false } };
    this.tell('weir://held', { change: 'waits', ...waits.message });
  }

  /** A request for a provider is decided. */
  answer(provider: string, state: 'approved' | 'refused', why: string): void {
    this.requests = this.requests.map((request) =>
      request.provider === provider ? { ...request, state, why } : request,
    );
    this.said();
  }

  /** Appeals about an event are answered. */
  answerAppeal(event: string, answer: string): void {
    this.appeals = this.appeals.map((appeal) =>
      appeal.event === event ? { ...appeal, state: 'answered', answer } : appeal,
    );
    const waits = this.held.find(({ message }) => message.id === event);
    const appeal = this.appeals.find((appeal) => appeal.event === event);
    if (waits && appeal) {
      waits.message = { ...waits.message, appeal };
      this.tell('weir://held', { change: 'waits', ...waits.message });
    }
    this.said();
  }

  /** One more message waits, or one waits no more. */
  arrive(): void {
    const next = waiting(Date.now())[this.held.length];
    if (next === undefined) return;
    this.held = [...this.held, next];
    this.tell('weir://held', { change: 'waits', ...next.message });
  }

  /** The first that waits comes once more, word for word. */
  repeat(): void {
    const [first] = this.held;
    if (first === undefined) return;
    const same = this.held.filter(({ message }) => (message.same ?? message.id) === first.message.id);
    const message = {
      ...first.message,
      id: idOf(910_000 + this.held.length, Date.now()),
      same: first.message.id,
      repeats: same.length + 1,
    };
    this.held = [...this.held, { ...first, message }];
    this.tell('weir://held', { change: 'waits', ...message });
  }

  leave(id: string, by: string): void {
    this.end(id, by);
  }

  /** The agent goes away, or comes back. */
  connect(connected: boolean): void {
    this.connected = connected;
    this.tell(
      'weir://connection',
      connected ? { state: 'connected', version: '0.9.0' } : { state: 'offline' },
    );
  }

  private said(): void {
    this.told += 1;
    this.tell('weir://status', this.status());
  }

  private event(id: string) {
    const event = this.events.find((event) => event.id === id);
    return (
      event ?? refuse('no_such_event', 'No event with this id is in the log', 'It may be older than the log.')
    );
  }

  private appealed(event: string, reason: string): Appealed {
    const made = { event, reason, state: 'open', asked: Date.now() };
    this.appeals = [made, ...this.appeals];
    return made;
  }

  private reached<T>(answer: () => T): T {
    return this.connected
      ? answer()
      : refuse('offline', 'The agent does not answer', 'It may be starting. Try again in a moment.');
  }

  private waits(id: string) {
    const waits = this.held.find(({ message }) => message.id === id);
    return (
      waits ??
      refuse('no_such_held', 'No message with this id waits', 'It may have gone, or its time was over.')
    );
  }

  private sendable(id: string, how: HeldSend): void {
    const { message } = this.waits(id);
    if (how.how === 'edited') this.spotless(how.text);
    if (how.how === 'as_it_is') this.spotless(how.reason);
    if (how.how === 'approved' && message.request?.state !== 'approved')
      refuse('held', 'It cannot go so', 'No exception for it was approved.');
  }

  /** Finds one kind of secret, which is enough to be refused by. */
  private spotless(text: string): void {
    if (/\bAKIA[A-Z0-9]{8,}/.test(text))
      refuse(
        'held',
        'It still has something in it that must not leave',
        'Found again: security/aws_access_key_id. It waits on.',
      );
  }

  private end(id: string, by: string) {
    this.waits(id);
    this.held = this.held.filter(({ message }) => message.id !== id);
    this.tell('weir://held', { change: 'ended', id, by });
    return { event: idOf(999_999, this.now) };
  }

  private list(query: EventQuery) {
    const met = this.events.filter(
      ({ time }) => time >= (query.since ?? 0) && time < (query.until ?? Number.MAX_SAFE_INTEGER),
    );
    const events = query.limit > 0 ? met.slice(-query.limit) : met;
    return { events, more: events.length < met.length, unreadable: 0 };
  }

  private set(name: string, state: DoctorCheck['state']) {
    this.checks = this.checks.map((check) =>
      check.name === name
        ? {
            ...check,
            state,
            fix: state === 'ok' ? null : (check.fix ?? { title: 'Sets it right again' }),
            undo: state === 'ok' ? { title: 'Puts back what was there' } : null,
          }
        : check,
    );
    return { checks: this.checks };
  }

  private async test() {
    const steps: SelfTestStep[] = [];
    for (const step of STEPS) {
      await new Promise((done) => setTimeout(done, 120));
      steps.push(step);
      this.tell('weir://self_test', step);
    }
    return { steps };
  }

  private status(): Status {
    const count = (actions: readonly string[]) =>
      this.events.slice(-180).filter(({ action }) => actions.includes(action)).length;
    const problems: Status['problems'] = [];
    if (this.world.directive)
      problems.push({
        code: 'directive',
        title: 'An order of the administrators holds',
        severity: 'warning',
        text: 'Nothing may be sent to deepseek, by order 4 of the administrators: under review.',
      });
    if (this.world.problems)
      problems.push(
        {
          code: 'audit.space',
          title: 'The disk is nearly full',
          severity: 'warning',
          text: 'The log has used part of its reserve. Free some disk space.',
        },
        {
          code: 'audit.damage',
          title: 'The audit log is damaged',
          severity: 'error',
          text: '1 damaged place(s) were found when the log was opened. `weir audit verify` names them.',
        },
      );
    return {
      version: '0.9.0',
      pid: 812,
      started: this.now - 5 * 3_600_000,
      environment: 'production',
      proxy: { listen: ['127.0.0.1:8642'], pac: 'http://127.0.0.1:8642/proxy.pac', intercepts: 412 },
      certificate: {
        path: '/var/lib/weir/ca.pem',
        sha256: '9f2c41d7'.repeat(8),
        not_after: this.now + 300 * 86_400_000,
      },
      ...(this.world.enrolled ? { server: SERVER(this.now) } : {}),
      ...(this.world.directive ? { directive: DIRECTIVE(this.now) } : {}),
      ...(this.world.lifted ? { lifted: [LIFTED(this.now)] } : {}),
      policy: {
        pack: 'acme-baseline',
        version: '1.4.0',
        bundle: { number: 12, digest: '5c0d71aa'.repeat(8) },
        expires: this.now + 20 * 86_400_000,
      },
      audit: { records: this.events.length * 2, head: 'e3b0c442'.repeat(8) },
      counts: {
        judged: Math.min(this.events.length, 180),
        allowed: count(['allow']),
        warned: count(['warn']),
        pseudonymised: count(['pseudonymise']),
        redacted: count(['redact']),
        blocked: count(['block']),
        tunnelled: 5412,
      },
      held: this.held.length,
      answers: this.told,
      exceptions: this.world.enrolled
        ? [
            {
              id: 'x-17',
              user: 'ada',
              destination: 'chatgpt-web',
              rules: ['data-classification/contracts'],
              approved_by: ['grace', 'linus'],
              reason: 'The contract is signed and public from Monday on',
              uses: 3,
              used: 1,
              expires: this.now + 6 * 3_600_000,
            },
          ]
        : [],
      problems,
    };
  }
}

function refuse(code: string, title: string, text: string): never {
  throw new Refusal(code, title, text);
}
