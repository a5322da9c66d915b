/** Carries out a fault plan: begins each fault at its time, ends it at its end, and heals what is left. */
import { describeFault, type Fault } from './fault.ts';
import { InputError } from '../input-error.ts';
import { kind } from '../kind.ts';
import type { Kernel } from '../kernel.ts';
import type { Condition } from '../network/network.ts';
import type { Process } from '../process/process.ts';
import { resolveTarget, type Target } from './target.ts';

const faultBeginsKind = kind<Fault>('fault/begins', { describe: describeFault });
const faultEndsKind = kind<Fault>('fault/ends', { describe: (fault) => `over: ${describeFault(fault)}` });
const healKind = kind<null>('fault/heal', { describe: () => 'all faults are over' });

/** Who plays a role now, or null when nobody does. */
export type RoleHolder = () => string | null;

/** A fault that has begun and not ended. */
interface ActiveFault {
  readonly fault: Fault;
  readonly undo: () => void;
}

/** What faults do to one process now, in the order in which they began: an effect lasts as long as any of them does. */
interface Struck {
  pauses: number;
  stalls: number;
  fills: number;
  readFailures: number;
  writeFailures: number;
  readonly slow: number[];
  readonly slowDisk: number[];
  readonly drift: number[];
}

export class FaultInjector {
  readonly active = new Set<ActiveFault>();
  private readonly kernel: Kernel;
  private readonly roles: ReadonlyMap<string, RoleHolder>;
  private readonly struck = new Map<Process, Struck>();
  private healed = false;

  constructor(kernel: Kernel, roles: ReadonlyMap<string, RoleHolder>) {
    this.kernel = kernel;
    this.roles = roles;
  }

  /** Schedules the whole plan, and the heal after it. Throws an InputError that names the fault that makes no sense. */
  plan(faults: readonly Fault[], healAtUs: number): void {
    faults.forEach((fault, position) => this.validate(fault, position));
    for (const fault of faults) {
      if (fault.at < healAtUs) this.kernel.control(fault.at, this.lane(fault), faultBeginsKind, fault, () => this.begin(fault));
    }
    this.kernel.control(healAtUs, null, healKind, null, () => this.heal());
  }

  private validate(fault: Fault, position: number): void {
    try {
      whole(fault.at, 'at');
      if ('for' in fault && fault.for !== undefined) whole(fault.for, 'for');
      if ('factor' in fault && !(fault.factor > 0)) throw new RangeError(`factor: ${fault.factor} is not above 0`);
      if ('percent' in fault && !(fault.percent >= 0 && fault.percent <= 100))
        throw new RangeError(`percent: ${fault.percent} is not in 0 to 100`);
      if ('ppm' in fault && !(fault.ppm > -1_000_000))
        throw new RangeError(`ppm: with ${fault.ppm} the clock would stand or run backwards`);
      if (fault.do === 'delay') whole(fault.byUs, 'byUs');
      for (const target of targetsOf(fault)) this.resolve(target, () => null);
    } catch (error) {
      throw new InputError(`faults[${position}] (${fault.do}): ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      });
    }
  }

  /** The process in whose lane a fault is shown: its target, when that is one process by name. */
  private lane(fault: Fault): Process | null {
    return 'target' in fault ? (this.kernel.find(fault.target) ?? null) : null;
  }

  private begin(fault: Fault): void {
    if (this.healed) return;
    for (const struck of this.kernel.observers.struck)
      struck(
        fault,
        targetsOf(fault).flatMap((target) => this.resolve(target)),
      );
    const undo = this.apply(fault);
    if (undo === null) return;
    const active = { fault, undo };
    this.active.add(active);
    if (!('for' in fault) || fault.for === undefined) return;
    this.kernel.control(this.kernel.nowUs + fault.for, this.lane(fault), faultEndsKind, fault, () => this.end(active));
  }

  private end(active: ActiveFault): void {
    if (this.active.delete(active)) active.undo();
  }

  private heal(): void {
    this.healed = true;
    for (const active of [...this.active]) this.end(active);
    for (const process of this.kernel.processes) this.kernel.supervisor.start(process);
    this.kernel.observers.healed(this.kernel.nowUs);
  }

  /** The processes that a target names now, in the order they were made. */
  private resolve(target: Target, ask: (role: RoleHolder) => string | null = (role) => role()): readonly Process[] {
    return resolveTarget(target, this.kernel.processes, (name) => {
      const role = this.roles.get(name);
      return role === undefined ? undefined : ask(role);
    });
  }

  /** Begins a fault; returns what ends it, or null when nothing is left to end. */
  private apply(fault: Fault): (() => void) | null {
    const { supervisor } = this.kernel;
    switch (fault.do) {
      case 'crash':
        return this.hold(this.resolve(fault.target), true);
      case 'lose-disk': {
        const targets = this.resolve(fault.target);
        const undo = this.hold(targets, true);
        for (const { disk } of targets) disk.lose();
        return undo;
      }
      case 'kill':
        return this.hold(this.resolve(fault.target), false);
      case 'lose-region':
        return this.hold(this.resolve(`region:${fault.region}`), true);
      case 'pause':
        return this.counted(fault.target, 'pauses', (process, on) =>
          on ? supervisor.pause(process) : supervisor.resume(process),
        );
      case 'stall-disk':
        return this.counted(fault.target, 'stalls', ({ disk }, on) => (on ? disk.stall() : disk.unstall()));
      case 'fill-disk':
        return this.counted(fault.target, 'fills', ({ disk }, on) => (disk.full = on));
      case 'fail-reads':
        return this.counted(fault.target, 'readFailures', ({ disk }, on) => (disk.failing = on));
      case 'fail-writes':
        return this.counted(fault.target, 'writeFailures', ({ disk }, on) => (disk.failingWrites = on));
      case 'slow':
        return this.stacked(fault.target, 'slow', fault.factor, (process, factors) => (process.slowness = slowest(factors)));
      case 'slow-disk':
        return this.stacked(fault.target, 'slowDisk', fault.factor, ({ disk }, factors) => (disk.slowness = slowest(factors)));
      case 'drift-clock':
        return this.stacked(fault.target, 'drift', fault.ppm, ({ clock }, ppms) =>
          clock.setDrift(this.kernel.nowUs, ppms.at(-1) ?? 0),
        );
      case 'step-clock':
        for (const { clock } of this.resolve(fault.target)) clock.step(fault.byUs);
        return null;
      case 'rot':
        for (const { disk } of this.resolve(fault.target)) disk.rot(fault.file);
        return null;
      case 'reset':
        for (const process of this.resolve(fault.target)) for (const end of [...process.ends]) end.sever('reset');
        return null;
      case 'isolate': {
        const inside = new Set(this.resolve(fault.target));
        return this.kernel.network.impose({ blocked: true, covers: (a, b) => inside.has(a) !== inside.has(b) });
      }
      case 'partition':
        return this.impose(fault.from, fault.to, fault.oneWay ?? false, { blocked: true });
      case 'delay':
        return this.impose(fault.from, fault.to, fault.oneWay ?? false, { extraDelayUs: fault.byUs, ...prefix(fault.kind) });
      case 'lose':
        return this.impose(fault.from, fault.to, fault.oneWay ?? false, {
          lossPerMillion: perMillion(fault.percent),
          ...prefix(fault.kind),
        });
      case 'duplicate':
        return this.impose(fault.from, fault.to, fault.oneWay ?? false, { duplicatePerMillion: perMillion(fault.percent) });
    }
  }

  /** Ends processes and keeps them down; the last fault that lets go of one starts it. */
  private hold(targets: readonly Process[], power: boolean): () => void {
    const { supervisor } = this.kernel;
    for (const process of targets) {
      process.heldDown++;
      supervisor.stop(process, power);
    }
    return () => {
      for (const process of targets) {
        process.heldDown--;
        supervisor.start(process);
      }
    };
  }

  private struckBy(process: Process): Struck {
    let struck = this.struck.get(process);
    if (struck === undefined) {
      struck = { pauses: 0, stalls: 0, fills: 0, readFailures: 0, writeFailures: 0, slow: [], slowDisk: [], drift: [] };
      this.struck.set(process, struck);
    }
    return struck;
  }

  /** For what is on or off. `set` says it again when a second one begins: a process that started in between is struck too. */
  private counted(
    target: Target,
    effect: 'pauses' | 'stalls' | 'fills' | 'readFailures' | 'writeFailures',
    set: (process: Process, on: boolean) => void,
  ): () => void {
    const targets = this.resolve(target);
    for (const process of targets) {
      this.struckBy(process)[effect]++;
      set(process, true);
    }
    return () => {
      for (const process of targets) if (--this.struckBy(process)[effect] === 0) set(process, false);
    };
  }

  /** For what has a strength: `set` gets the strengths of all that act now. */
  private stacked(
    target: Target,
    effect: 'slow' | 'slowDisk' | 'drift',
    strength: number,
    set: (process: Process, strengths: readonly number[]) => void,
  ): () => void {
    const targets = this.resolve(target);
    for (const process of targets) {
      const strengths = this.struckBy(process)[effect];
      strengths.push(strength);
      set(process, strengths);
    }
    return () => {
      for (const process of targets) {
        const strengths = this.struckBy(process)[effect];
        strengths.splice(strengths.indexOf(strength), 1);
        set(process, strengths);
      }
    };
  }

  private impose(from: Target, to: Target, oneWay: boolean, effect: Omit<Condition, 'covers'>): () => void {
    const senders = new Set(this.resolve(from));
    const receivers = new Set(this.resolve(to));
    const forth = (a: Process, b: Process): boolean => a !== b && senders.has(a) && receivers.has(b);
    return this.kernel.network.impose({
      ...effect,
      covers: oneWay ? forth : (a, b) => forth(a, b) || forth(b, a),
    });
  }
}

function targetsOf(fault: Fault): readonly Target[] {
  if ('target' in fault) return [fault.target];
  return 'region' in fault ? [`region:${fault.region}`] : [fault.from, fault.to];
}

function whole(value: number, field: string): void {
  if (!Number.isSafeInteger(value) || value < 0)
    throw new RangeError(`${field}: ${value} is not a whole number of microseconds from 0 on`);
}

/**
 * Reasons to be slow do not add up: the worst of them is what one waits for. Multiplied, three would
 * make a device stand still for minutes.
 */
function slowest(factors: readonly number[]): number {
  return factors.length === 0 ? 1 : Math.max(...factors);
}

function perMillion(percent: number): number {
  return Math.round(percent * 10_000);
}

function prefix(name: string | undefined): { kindPrefix?: string } {
  return name === undefined ? {} : { kindPrefix: name };
}
