import type {
  AppealAsk,
  Appealed,
  AskedList,
  Connection,
  DoctorReport,
  Event,
  EventId,
  EventList,
  EventQuery,
  EventRecords,
  HeldAsk,
  HeldChange,
  HeldDone,
  HeldMessage,
  HeldSend,
  HeldText,
  OverrideAsk,
  OverrideDone,
  PolicyMatrix,
  ProviderAsked,
  ProviderWanted,
  RecordedAboutMe,
  SelfTestReport,
  SelfTestStep,
  Settings,
  Status,
} from './wire.ts';

/** What can be asked of the window program, with what is given and what comes back. */
export interface Commands {
  status: { given: Record<string, never>; comes: Status };
  connection: { given: Record<string, never>; comes: Connection };
  events: { given: { query: EventQuery }; comes: EventList };
  event: { given: { id: EventId }; comes: Event };
  /** The records of an event, byte for byte as the administrators have them. */
  event_records: { given: { id: EventId }; comes: EventRecords };
  /** Says that a decision, or the record of it, is wrong. */
  appeal: { given: { id: EventId; ask: AppealAsk }; comes: Appealed };
  policy_matrix: { given: Record<string, never>; comes: PolicyMatrix };
  asked: { given: Record<string, never>; comes: AskedList };
  ask_provider: { given: { wanted: ProviderWanted }; comes: ProviderAsked };
  /** Enters a code that an administrator read out. */
  enter_code: { given: { ask: OverrideAsk }; comes: OverrideDone };
  held: { given: Record<string, never>; comes: HeldMessage[] };
  held_text: { given: { id: EventId; revealed: boolean }; comes: HeldText };
  held_send: { given: { id: EventId; how: HeldSend }; comes: HeldDone };
  held_request: { given: { id: EventId; ask: HeldAsk }; comes: HeldMessage };
  /** Says that a message that waits is not sensitive. It waits on. */
  held_appeal: { given: { id: EventId; ask: AppealAsk }; comes: HeldMessage };
  held_drop: { given: { id: EventId }; comes: HeldDone };
  copy_text: { given: { text: string }; comes: null };
  settings: { given: Record<string, never>; comes: Settings };
  set_settings: { given: { settings: Settings }; comes: Settings };
  /** Opens a window at a page: `panel`, or a path of the main window. */
  open: { given: { page: string }; comes: null };
  close_window: { given: Record<string, never>; comes: null };
  doctor: { given: Record<string, never>; comes: DoctorReport };
  doctor_fix: { given: { check: string }; comes: DoctorReport };
  doctor_undo: { given: { check: string }; comes: DoctorReport };
  self_test: { given: Record<string, never>; comes: SelfTestReport };
  recorded_about_me: { given: { query: EventQuery }; comes: RecordedAboutMe };
  /** Writes a file of that name into the person's folder of downloads, never over another; gives its path. */
  export: { given: { name: string; text: string }; comes: { path: string } };
}

/** What the window program tells by itself. */
export interface Told {
  'weir://status': Status;
  'weir://connection': Connection;
  'weir://held': HeldChange;
  'weir://event': Event;
  'weir://settings': Settings;
  /** A step of a self-test that has ended, while others go on. */
  'weir://self_test': SelfTestStep;
}

/** The other side, as pages see it. What it refuses is thrown as a `Refusal`. */
export interface Bridge {
  ask<C extends keyof Commands>(command: C, given: Commands[C]['given']): Promise<Commands[C]['comes']>;
  /** Gives the end of it. */
  follow<T extends keyof Told>(what: T, told: (given: Told[T]) => void): () => void;
}
