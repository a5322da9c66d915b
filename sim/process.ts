/** A simulated operating-system process: its machine's clock and disk, its incarnations, its capacity, its mailbox. */
import { Clock } from './clock.ts';
import { End, type Connection, type ConnectionHandler } from './connection.ts';
import { Task, wait, type Co } from './coroutine.ts';
import { Disk } from './disk.ts';
import { EventType, type SimEvent } from './event.ts';
import type { History } from './history.ts';
import { kind, type Kind } from './kind.ts';
import type { Kernel } from './kernel.ts';
import type { Link } from './network.ts';
import type { Boundary } from './observer.ts';
import type { Stream } from './random.ts';
import type { Micros } from './time.ts';

/** What runs in a process. One is made for each incarnation; whatever it holds in memory is lost with it. */
export interface Program {
  /** The incarnation begins. */
  start(): void;
  /** A datagram has come. */
  receive?(from: string, kind: Kind, body: unknown): void;
  /** Somebody connects; null refuses. */
  accept?(connection: Connection): ConnectionHandler | null;
  /** A plain, read-only view of the program's state, for people and for `eventually` properties. */
  inspect?(): unknown;
}

export type Boot = (os: Os) => Program;

/** A pending timer. */
export interface Timer {
  readonly cancelled: boolean;
}

/** All that a program can see and do. Nothing else reaches it. */
export interface Os {
  readonly name: string;
  readonly region: string;
  readonly incarnation: number;
  readonly disk: Disk;
  /** The record of what clients asked and were told, kept outside the platform. */
  readonly history: History;
  /** The machine's wall clock: may be wrong, may jump. */
  wallUs(): Micros;
  /** The machine's monotonic clock: never jumps, but may run fast or slow. Survives restarts of the process. */
  monotonicUs(): Micros;
  /** A stream of chance of this process's own. */
  random(purpose: string): Stream;
  /** Sends a datagram. Throws when no process has that name. */
  send(to: string, kind: Kind, body: unknown): void;
  /** Opens a connection. Throws when no process has that name. */
  connect(to: string, handler: ConnectionHandler): Connection;
  /** Runs `action` after `delayUs` on this machine's clock. */
  after(delayUs: Micros, kind: Kind<null>, action: () => void): Timer;
  cancel(timer: Timer): void;
  /** Starts a coroutine; an error that it throws fails the run (`Panic` ends only this process). */
  spawn<T>(name: string, body: Co<T>, finished?: (value: T) => void): Task<T>;
  /** Waits on this machine's clock. */
  sleep(delayUs: Micros): Co<void>;
  /** Tells the observers that something crossed a boundary of the platform. */
  cross<B>(boundary: Boundary<B>, body: B): void;
  /** Names of all processes whose name starts with this, in the order they were made: the simulated address book. */
  lookup(prefix: string): readonly string[];
}

/** Thrown by a program that cannot go on: its process ends, and its supervisor may start it again. */
export class Panic extends Error {
  override name = 'Panic';
}

export interface ProcessOptions {
  readonly name: string;
  /** One of the topology's regions. */
  readonly region: string;
  readonly boot: Boot;
  /** Messages that may wait while it is busy. A datagram beyond is lost; a connection beyond is broken. */
  readonly mailbox?: number;
  /** Added service time for each whole KiB of a message. */
  readonly serviceUsPerKiB?: Micros;
  /** How long its supervisor waits before it starts a process that ended by itself. */
  readonly restartUs?: Micros;
}

const DEFAULT_MAILBOX = 4_096;
const DEFAULT_SERVICE_US_PER_KIB = 4;
const DEFAULT_RESTART_US = 500_000;

const sleepKind = kind<null>('process/sleep', { serviceUs: 1, describe: () => 'wakes' });

export class Process implements Os {
  readonly name: string;
  readonly index: number;
  readonly region: string;
  readonly regionIndex: number;
  readonly clock = new Clock();
  readonly disk: Disk;
  readonly links: (Link | undefined)[] = [];
  readonly ends = new Set<End>();
  readonly restartUs: Micros;
  readonly serviceUsPerKiB: Micros;
  private readonly boot: Boot;
  private readonly kernel: Kernel;
  private readonly mailboxLimit: number;

  incarnation = 0;
  program: Program | null = null;
  /** The machine has power; a dead process on a running machine is told apart from a dead machine by its peers. */
  powered = true;
  paused = false;
  /** Faults that keep it down now; while there are any, nobody can start it. */
  heldDown = 0;
  /** Service times are multiplied by this: slow, not dead. */
  slowness = 1;
  /** Until when the event in service occupies it; its output leaves then. */
  busyUntilUs: Micros = 0;
  /** Events ever scheduled for it; decides ties. */
  scheduled = 0;
  /** Output of a service that a pause interrupted; leaves after it. */
  frozen: SimEvent[] = [];
  pausedAtUs: Micros = 0;
  wakeScheduled = false;
  private mailbox: SimEvent[] = [];
  private mailboxHead = 0;

  constructor(kernel: Kernel, index: number, regionIndex: number, options: ProcessOptions) {
    this.kernel = kernel;
    this.index = index;
    this.name = options.name;
    this.region = options.region;
    this.regionIndex = regionIndex;
    this.boot = options.boot;
    this.mailboxLimit = options.mailbox ?? DEFAULT_MAILBOX;
    this.restartUs = options.restartUs ?? DEFAULT_RESTART_US;
    this.serviceUsPerKiB = options.serviceUsPerKiB ?? DEFAULT_SERVICE_US_PER_KIB;
    this.disk = new Disk(kernel, this);
  }

  /** A program is in memory (it may be paused). */
  get up(): boolean {
    return this.program !== null;
  }

  get running(): boolean {
    return this.program !== null && !this.paused;
  }

  /** Loads the program and lets it begin. Called by the kernel inside a control event. */
  launch(): void {
    this.incarnation++;
    this.busyUntilUs = this.kernel.nowUs;
    this.program = this.boot(this);
    this.program.start();
  }

  /** When output of the event in service leaves. */
  departUs(): Micros {
    const { nowUs } = this.kernel;
    return this.busyUntilUs > nowUs ? this.busyUntilUs : nowUs;
  }

  // ── mailbox ──────────────────────────────────────────────────────────────────────────────────────────────────────

  get waiting(): number {
    return this.mailbox.length - this.mailboxHead;
  }

  /** False when the mailbox is full. Timers and disk completions always have a place. */
  enqueue(event: SimEvent): boolean {
    if (this.waiting >= this.mailboxLimit && event.type <= EventType.closed) return false;
    this.mailbox.push(event);
    return true;
  }

  dequeue(): SimEvent | undefined {
    const event = this.mailbox[this.mailboxHead];
    if (event === undefined) return undefined;
    this.mailboxHead++;
    if (this.mailboxHead === this.mailbox.length) {
      this.mailbox.length = 0;
      this.mailboxHead = 0;
    } else if (this.mailboxHead > 1_024) {
      this.mailbox = this.mailbox.slice(this.mailboxHead);
      this.mailboxHead = 0;
    }
    return event;
  }

  clearMailbox(): void {
    this.mailbox = [];
    this.mailboxHead = 0;
  }

  // ── what programs use ────────────────────────────────────────────────────────────────────────────────────────────

  get history(): History {
    return this.kernel.history;
  }

  wallUs(): Micros {
    return this.clock.wall(this.kernel.nowUs);
  }

  monotonicUs(): Micros {
    return this.clock.monotonic(this.kernel.nowUs);
  }

  random(purpose: string): Stream {
    return this.kernel.streams.stream(`${purpose}/${this.name}`);
  }

  send(to: string, what: Kind, body: unknown): void {
    const target = this.kernel.process(to);
    this.kernel.freezer?.freeze(body);
    for (const observer of this.kernel.observers.sent) observer.sent?.(this, target, what, body);
    this.kernel.network.datagram(this, target, what, body);
  }

  connect(to: string, handler: ConnectionHandler): Connection {
    return End.open(this.kernel, this, this.kernel.process(to), handler);
  }

  after(delayUs: Micros, what: Kind<null>, action: () => void): Timer {
    const dueUs = this.kernel.nowUs + this.clock.trueDelay(delayUs);
    return this.kernel.schedule(EventType.timer, dueUs, this, this, what, null, null, action, 0, this.kernel.nowUs, 0);
  }

  cancel(timer: Timer): void {
    this.kernel.cancel(timer as SimEvent);
  }

  spawn<T>(name: string, body: Co<T>, finished?: (value: T) => void): Task<T> {
    const task = new Task(name, body, (error) => this.kernel.programThrew(this, error), finished);
    task.start();
    return task;
  }

  *sleep(delayUs: Micros): Co<void> {
    yield* wait<void>({
      begin: (resume) => {
        const timer = this.after(delayUs, sleepKind, () => resume());
        return () => this.cancel(timer);
      },
    });
  }

  cross<B>(what: Boundary<B>, body: B): void {
    for (const observer of this.kernel.observers.crossed) observer.crossed?.(this, what as Boundary, body);
  }

  lookup(prefix: string): readonly string[] {
    return this.kernel.processes.filter((process) => process.name.startsWith(prefix)).map((process) => process.name);
  }
}
