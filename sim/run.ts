/** A run: one world, one seed, one plan of faults, judged at every step. Many runs live side by side in one thread. */
import { FaultInjector, type RoleHolder } from './faults/fault-injector.ts';
import type { Fault } from './faults/fault.ts';
import { Freezer } from './freeze.ts';
import { Goals, type Waiting } from './judging/goals.ts';
import { guarded } from './guard.ts';
import { InputError } from './input-error.ts';
import { Kernel, type Failure } from './kernel.ts';
import type { Omission, Topology } from './network/network.ts';
import type { Observer } from './judging/observer.ts';
import type { Process, ProcessOptions } from './process/process.ts';
import type { Monitor, Property, Report, Scene, Violation } from './judging/property.ts';
import { ms, type Micros } from './time.ts';

/** What a scenario builds its world with. */
export interface World {
  readonly seed: number;
  /** Adds a process; it starts at `startUs` (0 when absent). */
  process(options: ProcessOptions, startUs?: Micros): void;
  /** Names a role that faults may strike, such as `raft-leader`. It is asked when the fault begins. */
  role(name: string, holder: RoleHolder): void;
  /** The view that a process gives of itself, for roles; null when it is down. */
  inspect(process: string): unknown;
}

export interface RunSpec {
  readonly seed: number;
  readonly topology: Topology;
  readonly build: (world: World) => void;
  readonly faults: readonly Fault[];
  readonly properties: readonly Property[];
  /** End of the safety phase: all faults are healed. */
  readonly healAtUs: Micros;
  /** Every `eventually` must have come true by then. */
  readonly endUs: Micros;
  /**
   * Whether `history` keeps all operations, which is the default; if not, only its listeners hear of them. For very long runs.
   */
  readonly keepHistory?: boolean;
  /** Properties keep what their `fullCheck` needs, the history among it. For tests. */
  readonly keepEvidence?: boolean;
  /** Messages that never arrive (on a connection: it breaks in front of them), to find out what hung on them. */
  readonly omitted?: readonly Omission[];
  /** What is sent or written to disk is frozen to its depth; changing it later throws. For tests: it costs time. */
  readonly freezeMessages?: boolean;
}

/** `ok`: nothing was violated, all goals were reached. `stalled`: a goal was not. `crashed`: a program threw. */
export type Verdict = 'ok' | 'violation' | 'stalled' | 'crashed';

/** After the heal, goals are asked for at this pace. */
const GOAL_CHECK_US = ms(100);

export interface ProcessView {
  readonly name: string;
  readonly region: string;
  readonly state: 'up' | 'down' | 'paused' | 'powerless';
  readonly incarnation: number;
  readonly waiting: number;
  readonly slowness: number;
  readonly clock: unknown;
  readonly disk: unknown;
  readonly connections: number;
  /** What the program says of itself; null while it is down. */
  readonly program: unknown;
}

/** Creates a run at step 0. Throws an InputError when the world cannot be built (an unknown region, a name given twice). */
export function createRun(spec: RunSpec): Run {
  return new Run(spec);
}

export class Run {
  readonly spec: RunSpec;
  verdict: Verdict | null = null;
  violation: Violation | null = null;
  /** Every `always` property that was violated, with its first message; `violation` is the first of them. */
  readonly broken = new Map<string, string>();
  /** `sometimes` properties seen so far. */
  readonly hits = new Set<string>();
  private readonly kernel: Kernel;
  private readonly injector: FaultInjector;
  /** What a stalled run waits for to its end; the first of them is its violation's message. */
  waiting: readonly Waiting[] = [];
  private readonly goals = new Goals();
  private readonly monitors: { readonly property: Property; readonly monitor: Monitor }[] = [];

  constructor(spec: RunSpec) {
    this.spec = spec;
    this.kernel = new Kernel(
      spec.seed,
      spec.topology,
      spec.freezeMessages ? new Freezer() : null,
      spec.keepEvidence || spec.keepHistory !== false,
    );
    const roles = new Map<string, RoleHolder>();
    this.injector = new FaultInjector(this.kernel, roles);
    const { kernel } = this;
    guarded(() =>
      spec.build({
        seed: spec.seed,
        process: (options, startUs) => void kernel.add(options, startUs),
        role: (name, holder) => void roles.set(name, holder),
        inspect: (name) => kernel.find(name)?.program?.inspect?.() ?? null,
      }),
    );
    if (spec.omitted !== undefined) kernel.network.omit(spec.omitted);
    checkIds(spec.properties);
    for (const property of spec.properties) this.watch(property);
    if (this.goals.count > 0) kernel.attendAtUs = spec.healAtUs + GOAL_CHECK_US;
    this.injector.plan(spec.faults, spec.healAtUs);
  }

  get step(): number {
    return this.kernel.step;
  }

  get nowUs(): Micros {
    return this.kernel.nowUs;
  }

  /** 16 hexadecimal digits over all steps so far. */
  get digest(): string {
    return this.kernel.digest.hex();
  }

  /** The digest's lowest byte: what a recording keeps of every step. */
  get digestByte(): number {
    return this.kernel.digest.byte();
  }

  get failure(): Failure | null {
    return this.kernel.failure;
  }

  /** What clients asked and were told. */
  get history(): Kernel['history'] {
    return this.kernel.history;
  }

  get processes(): readonly Process[] {
    return this.kernel.processes;
  }

  /** Faults that have begun and not ended. */
  get activeFaults(): readonly Fault[] {
    return [...this.injector.active].map(({ fault }) => fault);
  }

  /** Adds an observer; the digest is the same with and without it. */
  observe(observer: Observer): void {
    this.kernel.observers.add(observer);
  }

  /** Runs until `untilStep` steps were taken in all, or the verdict is known. Returns the verdict, or null before it. */
  advance(untilStep = Number.MAX_SAFE_INTEGER): Verdict | null {
    if (this.verdict !== null) return this.verdict;
    guarded(() => this.proceed(untilStep));
    return this.verdict;
  }

  /** A plain, read-only view of one process. Throws a RangeError when there is none of that name. */
  inspect(name: string): ProcessView {
    const process = this.kernel.process(name);
    return {
      name,
      region: process.region,
      state: process.running ? 'up' : process.paused ? 'paused' : process.powered ? 'down' : 'powerless',
      incarnation: process.incarnation,
      waiting: process.waiting,
      slowness: process.slowness,
      clock: process.clock.inspect(),
      disk: process.disk.inspect(),
      connections: process.ends.size,
      program: process.program?.inspect?.() ?? null,
    };
  }

  /** What each goal that is not reached yet still waits for. */
  pendingGoals(): readonly { readonly property: string; readonly waitsFor: string }[] {
    return this.goals.first();
  }

  /** The full, slow judgement of every `always` property; for tests, with `keepEvidence`. Not `judged`: it has none. */
  fullChecks(): readonly { readonly property: string; readonly judged: boolean; readonly broken: string | null }[] {
    return this.monitors.map(({ property, monitor }) => ({
      property: property.id,
      judged: monitor.fullCheck !== undefined,
      broken: monitor.fullCheck?.() ?? null,
    }));
  }

  private watch(property: Property): void {
    const { kernel } = this;
    const report: Report = {
      violated: (message) => {
        kernel.attention = true;
        if (!this.broken.has(property.id)) this.broken.set(property.id, message);
        this.violation ??= { property: property.id, kind: 'always', step: kernel.step, timeUs: kernel.nowUs, message };
      },
      hit: () => void this.hits.add(property.id),
    };
    const scene: Scene = {
      nowUs: () => kernel.nowUs,
      step: () => kernel.step,
      processes: () => kernel.processes,
      inspect: (name) => kernel.find(name)?.program?.inspect?.() ?? null,
      connected: (a, b) => kernel.connected(kernel.process(a), kernel.process(b)),
      history: () => kernel.history,
    };
    const monitor = property.monitor(report, scene, this.spec.keepEvidence ?? false);
    checkMonitor(property, monitor);
    for (const shared of monitor.through ?? []) kernel.observers.share(shared, property.id);
    kernel.observers.add(monitor, property.id);
    if (property.kind === 'eventually') this.goals.add(property, monitor);
    else if (property.kind === 'always') this.monitors.push({ property, monitor });
  }

  private proceed(untilStep: number): void {
    try {
      const reason = this.kernel.advance(untilStep, this.spec.endUs, () => this.decided());
      if (this.verdict === null && reason !== 'step') this.conclude();
    } catch (error) {
      // Programs are caught where they are called, and properties say which they are: this is a role or the kernel.
      this.kernel.fail('a role or the kernel', error);
      this.verdict = 'crashed';
    }
  }

  private decided(): boolean {
    if (this.violation !== null) {
      // What is reported while a step is taken belongs to that step, which was not counted yet.
      this.violation = { ...this.violation, step: this.kernel.step };
      this.verdict = 'violation';
      return true;
    }
    if (this.kernel.failure !== null) {
      this.verdict = 'crashed';
      return true;
    }
    this.kernel.attendAtUs = this.kernel.nowUs + GOAL_CHECK_US;
    if (!this.goals.reached(this.kernel.nowUs)) return false;
    this.verdict = 'ok';
    return true;
  }

  private conclude(): void {
    const { step, nowUs } = this.kernel;
    const waiting = this.goals.waiting(nowUs, true);
    const [missing] = waiting;
    if (missing === undefined) {
      this.verdict = 'ok';
      return;
    }
    this.verdict = 'stalled';
    this.waiting = waiting;
    this.violation = { property: missing.property, kind: 'eventually', step, timeUs: nowUs, message: missing.waitsFor };
  }
}

function checkIds(properties: readonly Property[]): void {
  const ids = new Set<string>();
  for (const { id } of properties) {
    if (ids.has(id)) throw new InputError(`properties: two are called "${id}"`);
    ids.add(id);
  }
}

/** No compiler has seen a property that is written in JavaScript; and a goal that waits for nothing would always be reached. */
function checkMonitor({ id, kind }: Property, monitor: unknown): void {
  if (typeof monitor !== 'object' || monitor === null)
    throw new InputError(`${id}: its monitor is ${monitor === null ? 'null' : typeof monitor}, and should be an object`);
  const { pending, waits, then } = monitor as Readonly<Record<'pending' | 'waits' | 'then', unknown>>;
  if (typeof then === 'function') throw new InputError(`${id}: its monitor is a promise, but a simulation awaits nothing`);
  if (kind === 'eventually' && typeof pending !== 'function' && typeof waits !== 'function')
    throw new InputError(
      `${id}: its monitor has neither \`pending\` nor \`waits\`, so that nothing says when the goal is reached`,
    );
}
