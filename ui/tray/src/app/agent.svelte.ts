import { bridge } from '../api/bridge.ts';
import type { Connection } from '../api/wire.ts';
import type { Event, HeldChange, HeldMessage, Status } from '../api/wire.ts';
import { applied, newest } from './changes.ts';

/** How many decisions are kept that came while the page was open. */
const KEPT = 200;

/** What the agent says, kept up to date while somebody sees the page. */
class Agent {
  /** Undefined: not known yet. */
  connection = $state.raw<Connection>();
  status = $state.raw<Status>();
  held = $state.raw<HeldMessage[]>();
  /** The message that stopped waiting last, and what ended it. */
  ended = $state.raw<{ message: HeldMessage; by: string }>();
  /** Decisions since the page was opened, newest first. */
  events = $state.raw<Event[]>([]);

  /** Follows it; gives the end of it. */
  follow(): () => void {
    const ends = [
      bridge.follow('weir://connection', (connection) => this.connect(connection)),
      bridge.follow('weir://status', (status) => (this.status = status)),
      bridge.follow('weir://held', (change) => this.take(change)),
      bridge.follow('weir://event', (event) => (this.events = newest(this.events, event, KEPT))),
    ];
    void this.look();
    return () => ends.forEach((end) => end());
  }

  /** Asks for all of it, once. What cannot be told stays unknown: the connection says why. */
  async look(): Promise<void> {
    const connection = await bridge.ask('connection', {}).catch(() => ({ state: 'offline' }) as const);
    this.connect(connection);
  }

  /** A message waits no more: this page has ended it. */
  done(id: string): void {
    this.held = this.held?.filter((message) => message.id !== id);
  }

  private take(change: HeldChange) {
    const held = this.held ?? [];
    const message = change.change === 'ended' ? held.find(({ id }) => id === change.id) : undefined;
    if (message && change.change === 'ended') this.ended = { message, by: change.by };
    this.held = applied(held, change);
  }

  private connect(connection: Connection) {
    this.connection = connection;
    if (connection.state !== 'connected') {
      this.status = undefined;
      this.held = undefined;
      return;
    }
    void bridge.ask('status', {}).then(
      (status) => (this.status = status),
      () => undefined,
    );
    void bridge.ask('held', {}).then(
      (held) => (this.held = held),
      () => undefined,
    );
  }
}

export const agent = new Agent();
