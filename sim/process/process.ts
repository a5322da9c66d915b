/** A simulated operating-system process: its machine's clock and disk, its incarnations, its capacity, its mailbox. */
import { Clock } from './clock.ts';
import { Endpoint, type Connection, type ConnectionHandler } from '../network/connection.ts';
import { Task, wait, type Co } from './coroutine.ts';
import { Disk } from './disk.ts';
import { EventType, WITHOUT_DELAY, type SimEvent } from '../event.ts';
import type { History } from '../judging/history.ts';
import { refusePromise } from '../guard.ts';
import { kind, type Kind } from '../kind.ts';
import type { Kernel } from '../kernel.ts';
import type { Link } from '../network/network.ts';
import type { Boundary } from '../judging/observer.ts';
import type { Stream } from '../random.ts';
import type { Reader } from './readings.ts';
import type { Micros } from '../time.ts';

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
  /**
   * How often the machine was switched on: another number after a power loss, the same when only the process was
   * started again (Linux: the boot id).
   */
  readonly boots: number;
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
  /**
   * A number for a call, which this process gives to no other in any of its lives, so that an
   * observer can tell an answer's question.
   */
  nextCall(): number;
  /**
   * What is in service takes so much longer: for work whose cost depends on what is found. What is sent from now on
   * leaves after that, and later events wait.
   */
  spend(serviceUs: Micros): void;
  /** Starts a coroutine; an error that it throws fails the run (`Panic` ends only this process). */
  spawn<T>(name: string, body: Co<T>, finished?: (value: T) => void): Task<T>;
  /** Waits on this machine's clock. */
  sleep(delayUs: Micros): Co<void>;
  /** Tells the observers that something crossed a boundary of the platform. */
  cross<B>(boundary: Boundary<B>, body: B): void;
  /**
   * How a text reads, once for all processes that read it at this version. Nobody may change what comes of it, as with a message.
   */
  readText<T>(text: string, version: number, read: Reader<T>): T;
  /** Names of all processes whose name starts with this, in the order they were made: the simulated address book. */
  lookup(prefix: string): readonly string[];
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

/** Stands in for a program that could not even be made, until its process is ended. */
const stillborn: Program = { start: () => undefined };

export class Process implements Os {
  readonly name: string;
  readonly index: number;
  readonly region: string;
  readonly regionIndex: number;
  readonly clock = new Clock();
  readonly disk: Disk;
  readonly links: (Link | undefined)[] = [];
  readonly ends = new Set<Endpoint>();
  /** Ends that a power loss made it forget, and that the other side still holds to be open. */
  readonly orphans = new Set<Endpoint>();
  readonly restartUs: Micros;
  private readonly boot: Boot;
  private readonly kernel: Kernel;
  private readonly mailboxLimit: number;
  private readonly serviceUsPerKiB: Micros;
  private readonly streams = new Map<string, Stream>();

  incarnation = 0;
  boots = 1;
  program: Program | null = null;
  /** Its time to start has come. */
  due = false;
  /** The machine has power; a dead process on a running machine is told apart from a dead machine by its peers. */
  powered = true;
  paused = false;
  /** It has panicked and is about to be ended. */
  ending = false;
  /** Faults that keep it down now; while there are any, nobody can start it. */
  heldDown = 0;
  /** Service times are multiplied by this: slow, not dead. */
  slowness = 1;
  /** Until when the event in service occupies it; its output leaves then. */
  busyUntilUs: Micros = 0;
  /** Numbers given to calls so far. */
  private calls = 0;
  /** Events ever scheduled for it; decides ties. */
  scheduled = 0;
  /** Timers without delay that it has taken in one after the other. */
  restless = 0;
  /** Output of a service that a pause interrupted; leaves after it. */
  frozen: SimEvent[] = [];
  pausedAtUs: Micros = 0;
  /** The event that it takes in next, as soon as it is free. In the queue. */
  admitted: SimEvent | null = null;
  // The mailbox, behind `admitted`: a list through `SimEvent.next`.
  private mailboxHead: SimEvent | null = null;
  private mailboxTail: SimEvent | null = null;
  private mailboxLength = 0;

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

  /** It takes nothing in, however long it waits. */
  get standsStill(): boolean {
    return this.paused || this.ending;
  }

  /** Loads the program and lets it begin. Called by the kernel inside a control event. */
  launch(): void {
    this.incarnation++;
    this.busyUntilUs = this.kernel.nowUs;
    this.program = stillborn;
    this.program = this.boot(this);
    const returned: unknown = this.program.start();
    refusePromise(returned);
  }

  /** Memory is gone. */
  unload(): void {
    this.program = null;
    this.paused = false;
    this.ending = false;
    this.restless = 0;
    this.frozen = [];
    this.admitted = null;
    this.mailboxHead = null;
    this.mailboxTail = null;
    this.mailboxLength = 0;
  }

  // ── capacity ─────────────────────────────────────────────────────────────────────────────────────────────────────

  /** An event enters service. */
  occupy(serviceUs: Micros, bytes: number): void {
    let costUs = serviceUs;
    if (bytes >= 1_024) costUs += (bytes >>> 10) * this.serviceUsPerKiB;
    if (this.slowness !== 1) costUs = Math.round(costUs * this.slowness);
    this.busyUntilUs = this.kernel.nowUs + costUs;
  }

  spend(serviceUs: Micros): void {
    this.busyUntilUs = this.departUs() + (this.slowness === 1 ? serviceUs : Math.round(serviceUs * this.slowness));
  }

  /** When output of the event in service leaves. */
  departUs(): Micros {
    const { nowUs } = this.kernel;
    return this.busyUntilUs > nowUs ? this.busyUntilUs : nowUs;
  }

  /** What is to depart later than this is still in service. */
  get reachedUs(): Micros {
    return this.paused ? this.pausedAtUs : this.kernel.nowUs;
  }

  /** Whether the event is its output and has not left it yet. */
  stillOwes(event: SimEvent): boolean {
    return event.source === this && event.departUs > this.reachedUs;
  }

  /** Puts an output of its own on its way; in a pause, what it still owes is held. */
  release(event: SimEvent): void {
    if (this.paused && this.stillOwes(event)) this.frozen.push(event);
    else this.kernel.push(event);
  }

  // ── mailbox ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /** It can take an event in at once. */
  free(nowUs: Micros): boolean {
    return this.busyUntilUs <= nowUs && this.admitted === null && this.mailboxHead === null && !this.paused && !this.ending;
  }

  get waiting(): number {
    return this.mailboxLength + (this.admitted === null ? 0 : 1);
  }

  /** False when the mailbox is full. There is always a place for timers, disk completions and news of connections. */
  enqueue(event: SimEvent): boolean {
    if (event.type <= EventType.open && this.waiting >= this.mailboxLimit) return false;
    if (this.mailboxTail === null) this.mailboxHead = event;
    else this.mailboxTail.next = event;
    this.mailboxTail = event;
    this.mailboxLength++;
    return true;
  }

  dequeue(): SimEvent | undefined {
    const event = this.mailboxHead;
    if (event === null) return undefined;
    this.mailboxHead = event.next;
    if (event.next === null) this.mailboxTail = null;
    event.next = null;
    this.mailboxLength--;
    return event;
  }

  /** Puts back what was dequeued last. */
  requeue(event: SimEvent): void {
    event.next = this.mailboxHead;
    this.mailboxHead = event;
    this.mailboxTail ??= event;
    this.mailboxLength++;
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
    let stream = this.streams.get(purpose);
    if (stream === undefined) {
      stream = this.kernel.streams.stream(`${purpose}/${this.name}`);
      this.streams.set(purpose, stream);
    }
    return stream;
  }

  send(to: string, what: Kind, body: unknown): void {
    const target = this.kernel.process(to);
    this.kernel.freezer?.freeze(body);
    this.kernel.observers.sent(this, target, what, body);
    this.kernel.network.datagram(this, target, what, body);
  }

  connect(to: string, handler: ConnectionHandler): Connection {
    return Endpoint.open(this.kernel, this, this.kernel.process(to), handler);
  }

  after(delayUs: Micros, what: Kind<null>, action: () => void): Timer {
    const { kernel, clock } = this;
    const waitUs = clock.trueDelay(delayUs);
    if (!(waitUs >= 0)) throw new RangeError(`delayUs: ${delayUs} is not a time to wait`);
    const mark = waitUs === 0 ? WITHOUT_DELAY : 0;
    const event = kernel.create(
      EventType.timer,
      kernel.nowUs + waitUs,
      this,
      this,
      what,
      null,
      null,
      action,
      0,
      kernel.nowUs,
      mark,
    );
    kernel.push(event);
    return event;
  }

  cancel(timer: Timer): void {
    this.kernel.cancel(timer as SimEvent);
  }

  nextCall(): number {
    return ++this.calls;
  }

  spawn<T>(name: string, body: Co<T>, finished?: (value: T) => void): Task<T> {
    const task = new Task(name, body, (error) => this.kernel.supervisor.threw(this, error), finished);
    task.start();
    return task;
  }

  sleep(delayUs: Micros): Co<void> {
    return wait<void>({
      begin: (resume) => {
        const timer = this.after(delayUs, sleepKind, () => resume());
        return () => this.cancel(timer);
      },
    });
  }

  cross<B>(what: Boundary<B>, body: B): void {
    this.kernel.freezer?.freeze(body);
    this.kernel.observers.crossed(this, what, body);
  }

  readText<T>(text: string, version: number, read: Reader<T>): T {
    return this.kernel.readings.readText(text, version, read);
  }

  lookup(prefix: string): readonly string[] {
    return this.kernel.processes.filter((process) => process.name.startsWith(prefix)).map((process) => process.name);
  }
}
