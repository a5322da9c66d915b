/** The kernel: takes one event after the other from the queue and lets it happen. */
import type { End } from './connection.ts';
import { Digest, mix3 } from './digest.ts';
import { EventType, SimEvent, type Outcome } from './event.ts';
import type { Freezer } from './freeze.ts';
import { History } from './history.ts';
import { kind, type Kind } from './kind.ts';
import { Network, type Topology } from './network.ts';
import { Observers } from './observer.ts';
import { Panic, Process, type ProcessOptions } from './process.ts';
import { EventQueue } from './queue.ts';
import { Streams } from './random.ts';
import type { Micros } from './time.ts';

/** So many events without time passing mean that something calls itself for ever. */
const EVENTS_PER_INSTANT_MAX = 200_000;

/** A run that cannot go on because a program threw, or never lets time pass. */
export interface Failure {
  readonly step: number;
  readonly timeUs: Micros;
  readonly process: string;
  readonly message: string;
  readonly error: unknown;
}

const internalKind = kind<null>('kernel/internal');
export const startKind = kind<null>('process/start', { describe: () => 'starts' });
const exitKind = kind<string>('process/exit', { describe: (reason) => `ends by itself: ${reason}` });

export class Kernel {
  readonly seed: number;
  readonly streams: Streams;
  readonly digest: Digest;
  readonly network: Network;
  readonly observers = new Observers();
  readonly history: History;
  /** Set when messages are frozen. */
  readonly freezer: Freezer | null;
  readonly processes: Process[] = [];
  nowUs: Micros = 0;
  /** Steps taken so far. */
  step = 0;
  failure: Failure | null = null;
  private readonly queue = new EventQueue();
  private readonly byName = new Map<string, Process>();
  private readonly tieSeed: number;
  private nextEventId = 1;
  private nextConnectionId = 1;
  private controls = 0;
  private currentId = 0;
  private eventsThisInstant = 0;

  constructor(seed: number, topology: Topology, freezer: Freezer | null = null) {
    this.seed = seed;
    this.freezer = freezer;
    this.streams = new Streams(seed);
    this.digest = new Digest(seed);
    this.tieSeed = mix3(seed | 0, Math.floor(seed / 0x1_0000_0000) | 0, 0x7469);
    this.network = new Network(this, topology);
    this.history = new History(this);
  }

  // ── the world ────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Adds a process; it starts at `startUs`. */
  add(options: ProcessOptions, startUs: Micros = 0): Process {
    if (this.byName.has(options.name)) throw new RangeError(`two processes are called "${options.name}"`);
    const regionIndex = this.network.topology.regions.indexOf(options.region);
    if (regionIndex < 0) throw new RangeError(`process "${options.name}" is in region "${options.region}", which the topology lacks`);
    const process = new Process(this, this.processes.length, regionIndex, options);
    this.processes.push(process);
    this.byName.set(options.name, process);
    this.control(startUs, process, startKind, null, () => this.start(process));
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
    return a.running && b.running && !this.network.link(a, b).blocked && !this.network.link(b, a).blocked;
  }

  nextConnection(): number {
    return this.nextConnectionId++;
  }

  // ── scheduling ───────────────────────────────────────────────────────────────────────────────────────────────────

  schedule(
    type: EventType,
    timeUs: Micros,
    source: Process | null,
    target: Process | null,
    what: Kind,
    body: unknown,
    end: End | null,
    action: (() => void) | null,
    bytes: number,
    departUs: Micros,
    luck: number,
  ): SimEvent {
    const tie = target === null ? mix3(this.tieSeed, -1, this.controls++) : mix3(this.tieSeed, target.index, target.scheduled++);
    const event = new SimEvent(
      this.nextEventId++, timeUs, tie, type, this.currentId, source, target, what, body, end, action, bytes, departUs, luck,
    );
    this.queue.push(event);
    return event;
  }

  /** Something done to the world from outside, as a step of its own. */
  control<B>(timeUs: Micros, target: Process | null, what: Kind<B>, body: B, action: () => void): void {
    this.schedule(EventType.control, timeUs, null, target, what as Kind, body, null, action, 0, timeUs, 0);
  }

  /** The kernel's own bookkeeping: not a step. */
  internally(delayUs: Micros, action: () => void): void {
    const timeUs = this.nowUs + delayUs;
    this.schedule(EventType.internal, timeUs, null, null, internalKind, null, null, action, 0, timeUs, 0);
  }

  postpone(event: SimEvent, timeUs: Micros): void {
    event.timeUs = timeUs;
    this.queue.push(event);
  }

  cancel(event: SimEvent): void {
    this.queue.cancel(event);
  }

  /** The event that is being handled: what is scheduled now is its effect. */
  get cause(): number {
    return this.currentId;
  }

  /** Schedules in the name of an earlier event. */
  causedBy(cause: number, schedule: () => void): void {
    const current = this.currentId;
    this.currentId = cause;
    schedule();
    this.currentId = current;
  }

  get pending(): number {
    return this.queue.length;
  }

  // ── the loop ─────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Takes events until `step` steps are taken, `endUs` is passed, `stop` says so or nothing is left. */
  advance(untilStep: number, endUs: Micros, stop: () => boolean): 'step' | 'end' | 'stopped' | 'idle' {
    while (this.step < untilStep) {
      const dueUs = this.queue.peekTimeUs();
      if (dueUs === undefined) return 'idle';
      if (dueUs > endUs) return 'end';
      const event = this.queue.pop() as SimEvent;
      if (dueUs > this.nowUs) {
        this.nowUs = dueUs;
        this.eventsThisInstant = 0;
        const { passed } = this.observers;
        for (let i = 0; i < passed.length; i++) passed[i]?.passed?.(dueUs);
      } else if (++this.eventsThisInstant > EVENTS_PER_INSTANT_MAX) {
        this.fail(event.target?.name ?? 'kernel', new Error(`${EVENTS_PER_INSTANT_MAX} events passed without time passing: something wakes itself for ever`));
      }
      this.dispatch(event);
      if (stop()) return 'stopped';
    }
    return 'step';
  }

  private dispatch(event: SimEvent): void {
    switch (event.type) {
      case EventType.datagram: {
        const target = event.target as Process;
        if (this.network.arrives(event) && target.up) this.deliver(event, target);
        else this.finish(event, 'lost');
        return;
      }
      case EventType.timer:
      case EventType.disk:
        this.deliver(event, event.target as Process);
        return;
      case EventType.internal:
        event.action?.();
        return;
      case EventType.control:
        this.currentId = event.id;
        this.act(event, event.target);
        this.finish(event, 'handled');
        return;
      default:
        if (event.source === event.target || (event.end as End).arrives(event)) this.deliver(event, event.target as Process);
    }
  }

  private deliver(event: SimEvent, process: Process): void {
    if (!process.paused && process.busyUntilUs <= this.nowUs && process.waiting === 0) {
      this.handle(event, process);
    } else if (!process.enqueue(event)) {
      if (event.type === EventType.datagram) this.finish(event, 'lost');
      else event.end?.sever('slow consumer');
    } else {
      this.wakeLater(process);
    }
  }

  private wakeLater(process: Process): void {
    if (process.wakeScheduled || process.paused) return;
    process.wakeScheduled = true;
    const incarnation = process.incarnation;
    this.internally(Math.max(0, process.busyUntilUs - this.nowUs), () => {
      if (process.incarnation !== incarnation) return;
      process.wakeScheduled = false;
      if (!process.running) return;
      if (process.busyUntilUs <= this.nowUs) {
        const next = process.dequeue();
        if (next !== undefined && !next.cancelled) this.handle(next, process);
      }
      if (process.waiting > 0) this.wakeLater(process);
    });
  }

  private handle(event: SimEvent, process: Process): void {
    this.currentId = event.id;
    const serviceUs = (event.kind.serviceUs + (event.bytes >>> 10) * process.serviceUsPerKiB) * process.slowness;
    process.busyUntilUs = this.nowUs + serviceUs;
    if (this.act(event, process)) this.finish(event, 'handled');
  }

  /** Lets the event happen. False when it turned out to be nobody's business any more. */
  private act(event: SimEvent, process: Process | null): boolean {
    try {
      if (event.action !== null) {
        event.action();
      } else if (event.type === EventType.datagram) {
        process?.program?.receive?.((event.source as Process).name, event.kind, event.body);
      } else if (event.end !== null) {
        return event.end.handle(event);
      }
    } catch (error) {
      if (process === null) this.fail('kernel', error);
      else this.programThrew(process, error);
    }
    return true;
  }

  private finish(event: SimEvent, outcome: Outcome): void {
    this.step++;
    const { digest } = this;
    const { draws } = this.streams;
    digest.number(event.timeUs);
    digest.int((((event.target?.index ?? -1) << 8) | (event.type << 4)) + (outcome === 'handled' ? 1 : 0));
    digest.int(event.kind.code);
    digest.int(draws.count);
    digest.int(draws.mixed);
    if (event.body !== null) event.kind.digest(event.body, digest);
    const { stepped } = this.observers;
    for (let i = 0; i < stepped.length; i++) stepped[i]?.stepped?.(event, outcome);
    this.currentId = 0;
  }

  // ── life and death of processes ──────────────────────────────────────────────────────────────────────────────────

  /** Starts a process that is down; does nothing when it is up or a fault keeps it down. */
  start(process: Process): void {
    if (process.up || process.heldDown > 0) return;
    process.powered = true;
    process.wakeScheduled = false;
    try {
      process.launch();
    } catch (error) {
      this.programThrew(process, error);
    }
    for (const observer of this.observers.started) observer.started?.(process);
  }

  /**
   * Ends a process: its memory, timers and unfinished output are gone. With `power` the whole machine dies: unsynced writes
   * are lost (in part) and its peers hear nothing.
   */
  stop(process: Process, power: boolean): void {
    if (!process.up && (!power || !process.powered)) return;
    if (process.up) {
      process.program = null;
      process.paused = false;
      process.frozen = [];
      process.clearMailbox();
      // What was still in service has not left, and nobody is there to be woken.
      this.queue.extract((event) =>
        event.target === process && (event.type === EventType.timer || event.type === EventType.disk)
          ? true
          : event.source === process && event.departUs > this.nowUs && event.type <= EventType.closed,
      );
    }
    process.disk.processEnded(power);
    if (power) process.powered = false;
    for (const end of [...process.ends]) end.orphan(!power);
    for (const observer of this.observers.crashed) observer.crashed?.(process, power);
  }

  /** Stops time for one process: events queue up, output in service is held. */
  pause(process: Process): void {
    if (!process.running) return;
    process.paused = true;
    process.pausedAtUs = this.nowUs;
    process.frozen = this.queue.extract(
      (event) => event.source === process && event.departUs > this.nowUs && event.type <= EventType.closed,
    );
    for (const end of [...process.ends]) end.peer.linkChanged();
  }

  resume(process: Process): void {
    if (!process.paused) return;
    const lostUs = this.nowUs - process.pausedAtUs;
    process.paused = false;
    if (process.busyUntilUs > process.pausedAtUs) process.busyUntilUs += lostUs;
    for (const event of process.frozen) {
      event.departUs += lostUs;
      this.postpone(event, event.timeUs + lostUs);
    }
    process.frozen = [];
    for (const end of [...process.ends]) end.peer.linkChanged();
    if (process.waiting > 0) this.wakeLater(process);
  }

  /** A program threw: a `Panic` ends its process, which its supervisor restarts; anything else is a bug and ends the run. */
  programThrew(process: Process, error: unknown): void {
    if (!(error instanceof Panic)) {
      this.fail(process.name, error);
      return;
    }
    const incarnation = process.incarnation;
    this.control(this.nowUs, process, exitKind, error.message, () => {
      if (process.incarnation !== incarnation || !process.up) return;
      this.stop(process, false);
      this.control(this.nowUs + process.restartUs, process, startKind, null, () => this.start(process));
    });
  }

  fail(process: string, error: unknown): void {
    this.failure ??= {
      step: this.step,
      timeUs: this.nowUs,
      process,
      message: error instanceof Error ? error.message : String(error),
      error,
    };
  }
}
