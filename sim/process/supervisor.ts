/** Starts, stops, pauses and resumes processes. */
import { EventType } from '../event.ts';
import { kind } from '../kind.ts';
import type { Kernel } from '../kernel.ts';
import { Panic } from './panic.ts';
import type { Process } from './process.ts';
import type { EventQueue } from '../queue.ts';

export const startKind = kind<null>('process/start', { describe: () => 'starts' });
const exitKind = kind<string>('process/exit', { describe: (reason) => `ends by itself: ${reason}` });

export class Supervisor {
  private readonly kernel: Kernel;
  private readonly queue: EventQueue;

  constructor(kernel: Kernel, queue: EventQueue) {
    this.kernel = kernel;
    this.queue = queue;
  }

  /** The scenario's own time for a process to start has come; nothing starts it earlier. */
  begin(process: Process): void {
    process.due = true;
    this.start(process);
  }

  /** Starts a process that is down; does nothing when it is up, a fault keeps it down or its time has not come. */
  start(process: Process): void {
    if (process.up || process.heldDown > 0 || !process.due) return;
    const { kernel } = this;
    const hadPower = process.powered;
    if (!hadPower) process.boots++;
    process.powered = true;
    try {
      process.launch();
    } catch (error) {
      this.threw(process, error);
    }
    for (const started of kernel.observers.started) started(process);
    if (!hadPower) kernel.network.machineIsBack(process);
  }

  /**
   * Ends a process: its memory, timers and unfinished output are gone. With `power` the whole machine dies: unsynced writes
   * are lost (in part) and its peers hear nothing.
   */
  stop(process: Process, power: boolean): void {
    if (!process.up && (!power || !process.powered)) return;
    const { kernel } = this;
    const { reachedUs } = process;
    if (process.up) {
      this.queue.extract((event) => (event.target === process && event.type === EventType.timer) || process.stillOwes(event));
      for (const link of process.links) for (const end of link?.ends ?? []) end.loseUnsent();
      if (process.admitted !== null) this.queue.dismiss(process.admitted);
      process.unload();
    }
    process.disk.processEnded(power, reachedUs);
    if (power) process.powered = false;
    for (const end of [...process.ends]) end.orphan(!power);
    for (const crashed of kernel.observers.crashed) crashed(process, power);
  }

  /** Stops time for one process: events queue up, output of the event in service is held. */
  pause(process: Process): void {
    if (!process.running) return;
    process.pausedAtUs = this.kernel.nowUs;
    process.paused = true;
    process.frozen = this.queue.extract((event) => process.stillOwes(event));
    for (const end of [...process.ends]) end.peer.reconsider();
  }

  /** Time goes on for a process: what was in service takes as long again as it still had to. */
  resume(process: Process): void {
    if (!process.paused) return;
    const { kernel } = this;
    const lostUs = kernel.nowUs - process.pausedAtUs;
    const { frozen } = process;
    for (const link of process.links) for (const end of link?.ends ?? []) end.delayUnsent(lostUs);
    process.disk.delayUnissued(lostUs);
    for (const event of frozen) {
      if (event.type === EventType.datagram) {
        event.departUs += lostUs;
        event.timeUs += lostUs;
      }
      if (!event.cancelled) kernel.push(event);
    }
    process.frozen = [];
    process.paused = false;
    if (process.busyUntilUs > process.pausedAtUs) process.busyUntilUs += lostUs;
    for (const end of [...process.ends]) end.peer.reconsider();
    kernel.wake(process);
  }

  /** A program threw: a `Panic` ends its process, which its supervisor restarts; anything else is a bug and ends the run. */
  threw(process: Process, error: unknown): void {
    const { kernel } = this;
    if (!(error instanceof Panic)) {
      kernel.fail(process.name, error);
      return;
    }
    if (process.ending) return;
    // It may stand deep in its own code, so it is ended by an event of its own; until then it takes nothing in.
    process.ending = true;
    const { incarnation } = process;
    kernel.control(kernel.nowUs, process, exitKind, error.message, () => {
      if (process.incarnation !== incarnation || !process.ending) return;
      for (const panicked of kernel.observers.panicked) panicked(process, error);
      this.stop(process, false);
      process.ending = false;
      kernel.control(kernel.nowUs + process.restartUs, process, startKind, null, () => this.start(process));
    });
  }
}
