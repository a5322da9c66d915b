/** The kernel: takes one event after the other from the queue and lets it happen. */
import type { Endpoint } from './network/connection.ts';
import { Digest, mix3 } from './digest.ts';
import { EventType, SimEvent, WITHOUT_DELAY, type Outcome } from './event.ts';
import type { Freezer } from './freeze.ts';
import { refusePromise } from './guard.ts';
import { History } from './judging/history.ts';
import { InputError } from './input-error.ts';
import { kind, type Kind } from './kind.ts';
import { Network, type Topology } from './network/network.ts';
import { Observers } from './judging/observer.ts';
import { Process, type ProcessOptions } from './process/process.ts';
import { PropertyError } from './judging/property.ts';
import { EventQueue } from './queue.ts';
import { Streams } from './random.ts';
import { Readings } from './process/readings.ts';
import { startKind, Supervisor } from './process/supervisor.ts';
import type { Micros } from './time.ts';

/** So many events without time passing mean that something calls itself for ever. */
const EVENTS_PER_INSTANT_MAX = 200_000;
/** So many timers without delay, one after the other and nothing else between them, mean the same of a process. */
const RESTLESS_MAX = 100_000;

/** A run that cannot go on because a program threw, or never lets time pass. */
export interface Failure {
  readonly step: number;
  readonly timeUs: Micros;
  /** Whose program threw: a process by its name, or `property layer/name`. */
  readonly process: string;
  readonly message: string;
  readonly error: unknown;
}

const internalKind = kind<null>('kernel/internal');

export class Kernel {
  readonly seed: number;
  readonly streams: Streams;
  readonly digest: Digest;
  readonly network: Network;
  readonly supervisor: Supervisor;
  readonly observers = new Observers();
  readonly history: History;
  /** Set when messages are frozen. */
  readonly freezer: Freezer | null;
  readonly readings: Readings;
  readonly processes: Process[] = [];
  nowUs: Micros = 0;
  /** Steps taken so far. */
  step = 0;
  failure: Failure | null = null;
  /** Set by whoever has something to say about the verdict; `advance` then asks `attend`. */
  attention = false;
  /** From then on `attend` is asked in any case. */
  attendAtUs: Micros = Number.MAX_SAFE_INTEGER;
  private readonly queue = new EventQueue();
  private readonly byName = new Map<string, Process>();
  private readonly tieSeed: number;
  private nextEventId = 1;
  private nextConnectionId = 1;
  private controls = 0;
  private currentId = 0;
  private eventsThisInstant = 0;

  constructor(seed: number, topology: Topology, freezer: Freezer | null = null, keepHistory = true) {
    this.seed = seed;
    this.freezer = freezer;
    this.readings = new Readings(freezer);
    this.streams = new Streams(seed);
    this.digest = new Digest(seed);
    this.tieSeed = mix3(seed | 0, Math.floor(seed / 0x1_0000_0000) | 0, 0x7469);
    this.network = new Network(this, topology);
    this.supervisor = new Supervisor(this, this.queue);
    this.history = new History(this, keepHistory);
  }

  // ── the world ────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Adds a process; it starts at `startUs`. */
  add(options: ProcessOptions, startUs: Micros = 0): Process {
    if (this.byName.has(options.name)) throw new InputError(`two processes are called "${options.name}"`);
    if (!/^[^\s,:*]+$/.test(options.name))
      throw new InputError(`"${options.name}" is no name of a process: no spaces and none of , : *`);
    const regionIndex = this.network.topology.regions.indexOf(options.region);
    if (regionIndex < 0)
      throw new InputError(`process "${options.name}" is in region "${options.region}", which the topology lacks`);
    const process = new Process(this, this.processes.length, regionIndex, options);
    this.processes.push(process);
    this.byName.set(options.name, process);
    this.control(startUs, process, startKind, null, () => this.supervisor.begin(process));
    return process;
  }

  process(name: string): Process {
    const process = this.byName.get(name);
    if (process === undefined) throw new RangeError(`no process is called "${name}"`);
    return process;
  }

  find(name: string): Process | undefined {
    return this.byName.get(name);
  }

  /** Both run, and nothing between them is cut. */
  connected(a: Process, b: Process): boolean {
    return a.running && b.running && !this.network.isBlocked(a, b) && !this.network.isBlocked(b, a);
  }

  nextConnection(): number {
    return this.nextConnectionId++;
  }

  /** 32 bits of chance that cost no draw: for what only a fault brings about, so that it shifts no stream. */
  chance(a: number, b: number): number {
    return mix3(this.tieSeed, a, b);
  }

  // ── scheduling ───────────────────────────────────────────────────────────────────────────────────────────────────

  /** Makes an event, and leaves it to the caller to `push` it. */
  create(
    type: EventType,
    timeUs: Micros,
    source: Process | null,
    target: Process | null,
    what: Kind,
    body: unknown,
    end: Endpoint | null,
    action: (() => void) | null,
    bytes: number,
    departUs: Micros,
    luck: number,
  ): SimEvent {
    const tie = target === null ? mix3(this.tieSeed, -1, this.controls++) : mix3(this.tieSeed, target.index, target.scheduled++);
    return new SimEvent(
      this.nextEventId++,
      timeUs,
      tie,
      type,
      this.currentId,
      source,
      target,
      what,
      body,
      end,
      action,
      bytes,
      departUs,
      luck,
    );
  }

  /** Puts an event into the queue: for the first time or, with a later time, again. */
  push(event: SimEvent): void {
    this.queue.push(event);
  }

  cancel(event: SimEvent): void {
    this.queue.cancel(event);
  }

  /** Something done to the world from outside, as a step of its own. */
  control<B>(timeUs: Micros, target: Process | null, what: Kind<B>, body: B, action: () => void): void {
    this.push(this.create(EventType.control, timeUs, null, target, what, body, null, action, 0, timeUs, 0));
  }

  /** The kernel's own bookkeeping: not a step. */
  internally(delayUs: Micros, action: () => void): void {
    const timeUs = this.nowUs + delayUs;
    this.push(this.create(EventType.internal, timeUs, null, null, internalKind, null, null, action, 0, timeUs, 0));
  }

  /** Schedules in the name of an earlier event. */
  causedBy<T>(cause: number, schedule: () => T): T {
    const current = this.currentId;
    this.currentId = cause;
    const result = schedule();
    this.currentId = current;
    return result;
  }

  // ── the loop ─────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Takes events until `step` steps are taken, `endUs` is passed, `attend` says so or nothing is left. */
  advance(untilStep: number, endUs: Micros, attend: () => boolean): 'step' | 'end' | 'stopped' | 'idle' {
    const { queue } = this;
    while (this.step < untilStep) {
      const event = queue.peek();
      if (event === undefined) return 'idle';
      const dueUs = event.timeUs;
      if (dueUs > endUs) return 'end';
      queue.pop();
      if (dueUs > this.nowUs) this.pass(dueUs);
      else if (++this.eventsThisInstant > EVENTS_PER_INSTANT_MAX) this.failAsRestless(event.target);
      this.dispatch(event);
      if ((this.attention || this.nowUs >= this.attendAtUs) && attend()) return 'stopped';
    }
    return 'step';
  }

  private pass(toUs: Micros): void {
    this.nowUs = toUs;
    this.eventsThisInstant = 0;
    if (toUs >= this.observers.passesAtUs) this.observers.passed(toUs);
  }

  private dispatch(event: SimEvent): void {
    if (event.target?.admitted === event) {
      this.admitted(event, event.target);
      return;
    }
    switch (event.type) {
      case EventType.datagram: {
        const target = event.target as Process;
        if (this.network.arrives(event) && target.up) this.deliver(event, target);
        else this.finish(event, 'lost');
        return;
      }
      case EventType.timer:
        this.deliver(event, event.target as Process);
        return;
      case EventType.disk:
        if ((event.target as Process).disk.arrives(event)) this.deliver(event, event.target as Process);
        return;
      case EventType.internal:
        this.currentId = event.cause;
        event.action?.();
        this.currentId = 0;
        return;
      case EventType.control:
        this.currentId = event.id;
        this.act(event, event.target);
        this.finish(event, 'handled');
        return;
      default:
        if ((event.end as Endpoint).arrives(event)) this.deliver(event, event.target as Process);
    }
  }

  private deliver(event: SimEvent, process: Process): void {
    if (process.free(this.nowUs)) {
      this.handle(event, process);
    } else if (!process.enqueue(event)) {
      if (event.type === EventType.datagram) this.finish(event, 'lost');
      else event.end?.overflow(event);
    } else {
      this.wake(process);
    }
  }

  /** Sees to it that a process with a mailbox goes on as soon as it is free: what is next there enters the queue again. */
  wake(process: Process): void {
    if (process.admitted !== null || process.standsStill) return;
    const next = process.dequeue();
    if (next === undefined) return;
    process.admitted = next;
    next.timeUs = process.busyUntilUs > this.nowUs ? process.busyUntilUs : this.nowUs;
    this.queue.admit(next);
  }

  private admitted(event: SimEvent, process: Process): void {
    process.admitted = null;
    if (process.standsStill) {
      process.requeue(event);
      return;
    }
    if (!event.cancelled) this.handle(event, process);
    this.wake(process);
  }

  private handle(event: SimEvent, process: Process): void {
    this.currentId = event.id;
    process.occupy(event.kind.serviceUs, event.bytes);
    if (event.type === EventType.timer && event.luck === WITHOUT_DELAY) {
      if (++process.restless > RESTLESS_MAX) this.failAsRestless(process);
    } else {
      process.restless = 0;
    }
    if (this.act(event, process)) this.finish(event, 'handled');
    else this.currentId = 0;
  }

  /** Lets the event happen. False when it turned out to be nobody's business any more. */
  private act(event: SimEvent, process: Process | null): boolean {
    try {
      let returned: unknown;
      if (event.action !== null) returned = event.action();
      else if (event.type === EventType.datagram)
        returned = process?.program?.receive?.((event.source as Process).name, event.kind, event.body);
      else if (event.end !== null) return event.end.handle(event);
      if (returned !== undefined) refusePromise(returned);
    } catch (error) {
      if (process === null) this.fail('kernel', error);
      else this.supervisor.threw(process, error);
    }
    return true;
  }

  private finish(event: SimEvent, outcome: Outcome): void {
    this.step++;
    const { digest } = this;
    digest.number(this.nowUs);
    digest.int((((event.target?.index ?? -1) << 8) | (event.type << 4)) + (outcome === 'handled' ? 1 : 0));
    digest.int(event.kind.code + (event.source?.index ?? -1));
    digest.int(this.streams.draws.mixed);
    if (event.body !== null) event.kind.digest(event.body, digest);
    this.observers.stepped(event, outcome);
    this.currentId = 0;
  }

  /** `by`: who has thrown, as far as whoever caught it knows. */
  fail(by: string, thrown: unknown): void {
    const [process, error] = thrown instanceof PropertyError ? [`property ${thrown.property}`, thrown.cause] : [by, thrown];
    this.attention = true;
    this.failure ??= {
      step: this.step,
      timeUs: this.nowUs,
      process,
      message: error instanceof Error ? error.message : String(error),
      error,
    };
  }

  private failAsRestless(process: Process | null): void {
    this.fail(
      process?.name ?? 'kernel',
      new Error('something wakes itself for ever: event follows on event, and no time passes between them'),
    );
  }
}
