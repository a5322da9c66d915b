/** Carries out a fault plan: begins each fault at its time, ends it at its end, and heals what is left. */
import { describeFault, type Fault, type Target } from './fault.ts';
import { kind } from './kind.ts';
import type { Kernel } from './kernel.ts';
import type { Condition } from './network.ts';
import type { Process } from './process.ts';
import type { Micros } from './time.ts';

export const faultBeginsKind = kind<Fault>('fault/begins', { describe: describeFault });
export const faultEndsKind = kind<Fault>('fault/ends', { describe: (fault) => `over: ${describeFault(fault)}` });
export const healKind = kind<null>('fault/heal', { describe: () => 'all faults are over' });

/** Who plays a role now, or null when nobody does. */
export type Role = () => string | null;

/** A fault that has begun and not ended. */
interface ActiveFault {
  readonly fault: Fault;
  readonly undo: () => void;
}

export class FaultInjector {
  readonly active = new Set<ActiveFault>();
  private readonly kernel: Kernel;
  private readonly roles: ReadonlyMap<string, Role>;
  private readonly pauses = new Map<Process, number>();
  private readonly stalls = new Map<Process, number>();
  private healed = false;

  constructor(kernel: Kernel, roles: ReadonlyMap<string, Role>) {
    this.kernel = kernel;
    this.roles = roles;
  }

  /** Schedules the whole plan, and the heal after it. */
  plan(faults: readonly Fault[], healAtUs: Micros): void {
    for (const fault of faults) {
      if (fault.at < healAtUs) this.kernel.control(fault.at, this.lane(fault), faultBeginsKind, fault, () => this.begin(fault));
    }
    this.kernel.control(healAtUs, null, healKind, null, () => this.heal());
  }

  /** The process in whose lane a fault is shown: its target, when that is one process by name. */
  private lane(fault: Fault): Process | null {
    return 'target' in fault ? (this.kernel.find(fault.target) ?? null) : null;
  }

  private begin(fault: Fault): void {
    if (this.healed) return;
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
    for (const observer of this.kernel.observers.healed) observer.healed?.(this.kernel.nowUs);
  }

  /** The processes that a target names now, in the order they were made. */
  private resolve(target: Target): readonly Process[] {
    const { processes } = this.kernel;
    if (target === '*') return processes;
    if (target.startsWith('region:')) return processes.filter((process) => process.region === target.slice('region:'.length));
    if (target.startsWith('role:')) {
      const role = this.roles.get(target.slice('role:'.length));
      if (role === undefined) throw new RangeError(`no role is called "${target.slice('role:'.length)}"`);
      const name = role();
      return name === null ? [] : [this.kernel.process(name)];
    }
    if (target.endsWith('*')) return processes.filter((process) => process.name.startsWith(target.slice(0, -1)));
    return [this.kernel.process(target)];
  }

  /** Begins a fault; returns what ends it, or null when nothing is left to end. */
  private apply(fault: Fault): (() => void) | null {
    const { kernel } = this;
    switch (fault.do) {
      case 'crash':
        return this.hold(this.resolve(fault.target), (process) => kernel.supervisor.stop(process, true));
      case 'kill':
        return this.hold(this.resolve(fault.target), (process) => kernel.supervisor.stop(process, false));
      case 'lose-region':
        return this.hold(this.resolve(`region:${fault.region}`), (process) => kernel.supervisor.stop(process, true));
      case 'pause':
        return this.counted(this.pauses, this.resolve(fault.target), (process) => kernel.supervisor.pause(process), (process) => kernel.supervisor.resume(process));
      case 'stall-disk':
        return this.counted(this.stalls, this.resolve(fault.target), ({ disk }) => disk.stall(), ({ disk }) => disk.unstall());
      case 'slow':
        return scaled(this.resolve(fault.target), fault.factor, (process, factor) => (process.slowness *= factor));
      case 'slow-disk':
        return scaled(this.resolve(fault.target), fault.factor, ({ disk }, factor) => (disk.slowness *= factor));
      case 'fill-disk':
        return this.switched(this.resolve(fault.target), ({ disk }, on) => (disk.full = on));
      case 'fail-reads':
        return this.switched(this.resolve(fault.target), ({ disk }, on) => (disk.failing = on));
      case 'drift-clock':
        return this.switched(this.resolve(fault.target), ({ clock }, on) => clock.setDrift(kernel.nowUs, on ? fault.ppm : 0));
      case 'step-clock':
        for (const { clock } of this.resolve(fault.target)) clock.step(fault.byUs);
        return null;
      case 'rot':
        for (const { disk } of this.resolve(fault.target)) disk.rot(fault.file);
        return null;
      case 'reset':
        for (const process of this.resolve(fault.target)) for (const end of [...process.ends]) end.sever('reset');
        return null;
      case 'isolate':
        return this.impose(fault.target, '*', false, { blocked: true });
      case 'partition':
        return this.impose(fault.from, fault.to, fault.oneWay ?? false, { blocked: true });
      case 'delay':
        return this.impose(fault.from, fault.to, fault.oneWay ?? false, { extraDelayUs: fault.byUs, ...prefix(fault.kind) });
      case 'lose':
        return this.impose(fault.from, fault.to, fault.oneWay ?? false, { lossPerMillion: fault.percent * 10_000, ...prefix(fault.kind) });
      case 'duplicate':
        return this.impose(fault.from, fault.to, fault.oneWay ?? false, { duplicatePerMillion: fault.percent * 10_000 });
    }
  }

  /** Ends processes and keeps them down; the last fault that lets go of one starts it. */
  private hold(targets: readonly Process[], stop: (process: Process) => void): () => void {
    for (const process of targets) {
      process.heldDown++;
      stop(process);
    }
    return () => {
      for (const process of targets) {
        process.heldDown--;
        this.kernel.supervisor.start(process);
      }
    };
  }

  private counted(
    counts: Map<Process, number>,
    targets: readonly Process[],
    on: (process: Process) => void,
    off: (process: Process) => void,
  ): () => void {
    for (const process of targets) {
      const before = counts.get(process) ?? 0;
      counts.set(process, before + 1);
      if (before === 0) on(process);
    }
    return () => {
      for (const process of targets) {
        const left = (counts.get(process) ?? 1) - 1;
        counts.set(process, left);
        if (left === 0) off(process);
      }
    };
  }

  /** For effects of which the last one begun wins, and which any end switches off. */
  private switched(targets: readonly Process[], set: (process: Process, on: boolean) => void): () => void {
    for (const process of targets) set(process, true);
    return () => {
      for (const process of targets) set(process, false);
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

function prefix(name: string | undefined): { kindPrefix?: string } {
  return name === undefined ? {} : { kindPrefix: name };
}

function scaled(targets: readonly Process[], factor: number, multiply: (process: Process, factor: number) => void): () => void {
  for (const process of targets) multiply(process, factor);
  return () => {
    for (const process of targets) multiply(process, 1 / factor);
  };
}
