/** The event: one thing that happens to one process at one instant, and the id of the event that gave rise to it. */
import type { Endpoint } from './network/connection.ts';
import type { Kind } from './kind.ts';
import type { Process } from './process/process.ts';
import type { Micros } from './time.ts';

export const EventType = {
  /** A datagram reaches its target. */
  datagram: 0,
  /** A message reaches the receiving end of a connection. */
  segment: 1,
  /** Somebody opens a connection to the target. */
  open: 2,
  /** The other side accepted. */
  opened: 3,
  /** The target learns that a connection has ended. */
  closed: 4,
  /** A timer of the target is due. */
  timer: 5,
  /** The target's disk has finished an operation. */
  disk: 6,
  /** Something is done to the simulated world from outside: a process starts, a fault begins or ends. */
  control: 7,
  /** The kernel's own bookkeeping; never a step, never seen by a process. */
  internal: 8,
} as const;
export type EventType = (typeof EventType)[keyof typeof EventType];

/** What became of an event that was taken from the queue. */
export type Outcome = 'handled' | 'lost';

/** Where an event is. */
export const Place = {
  /** Not in the queue: not there yet, waiting in a mailbox or a connection, or over. */
  loose: 0,
  queued: 1,
  /** In the queue again, as the next that its process takes in when it is free. */
  admitted: 2,
} as const;
export type Place = (typeof Place)[keyof typeof Place];

/**
 * In place of a count of attempts: no link carries it. A full queue has dropped it, or it is a notice of the receiver's own side.
 */
export const NOT_CARRIED = -1;
/** In place of a count of attempts: it is a datagram's second copy, of which no other is made. */
export const SECOND_COPY = 1;

/** In place of its luck, of which a timer has none: it was set without a delay. */
export const WITHOUT_DELAY = 1;

export class SimEvent {
  // What the queue compares stands first, so that it lies in one cache line.
  /** When it happens; for what had to wait in a mailbox or on a connection, when the wait ended. */
  timeUs: Micros;
  /** Decides among events of one instant: a hash of seed, target and the target's count of events. */
  readonly tie: number;
  readonly id: number;
  readonly type: EventType;
  place: Place = Place.loose;
  cancelled = false;
  /** How often the transport has tried again, or one of the two above. */
  attempts = 0;
  readonly source: Process | null;
  readonly target: Process | null;
  readonly kind: Kind;
  readonly body: unknown;
  /** The receiving end, for what travels on a connection. */
  readonly end: Endpoint | null;
  /** What a timer, disk operation, control or internal event does. */
  action: (() => void) | null;
  /** The event that was being handled when this one was scheduled; 0 for what the scenario itself set up. */
  readonly cause: number;
  readonly bytes: number;
  /** When it leaves its source: a source that crashes earlier never sent it. */
  departUs: Micros;
  /** Drawn when it was sent; decides its latency, and its loss and duplication when it arrives. */
  readonly luck: number;
  /** The one behind it in the mailbox or on the connection it waits in. */
  next: SimEvent | null = null;

  constructor(
    id: number,
    timeUs: Micros,
    tie: number,
    type: EventType,
    cause: number,
    source: Process | null,
    target: Process | null,
    kind: Kind,
    body: unknown,
    end: Endpoint | null,
    action: (() => void) | null,
    bytes: number,
    departUs: Micros,
    luck: number,
  ) {
    this.timeUs = timeUs;
    this.tie = tie;
    this.id = id;
    this.type = type;
    this.source = source;
    this.target = target;
    this.kind = kind;
    this.body = body;
    this.end = end;
    this.action = action;
    this.cause = cause;
    this.bytes = bytes;
    this.departUs = departUs;
    this.luck = luck;
  }
}
