/**
 * Async controllers that end by themselves. Each is started again, so that a run may be well while one of them never
 * gets anywhere: whoever reports a run says so. Apart from the controllers, since it is needed where there are none.
 */
import { Panic, type Observer, type Process } from '../../sim/index.ts';

/** Ends the process of a controller whose program threw, or has nothing left to wait for. */
export class ControllerEnded extends Panic {}

/** A controller that ended by itself, so many times in one run. */
export interface ControllerExits {
  readonly process: string;
  readonly times: number;
  /** Of the last time. */
  readonly reason: string;
}

export class ExitMeter implements Observer {
  private readonly byProcess = new Map<string, ControllerExits>();

  panicked({ name }: Process, panic: Panic): void {
    if (!(panic instanceof ControllerEnded)) return;
    const { times } = this.byProcess.get(name) ?? { times: 0 };
    this.byProcess.set(name, { process: name, times: times + 1, reason: panic.message });
  }

  /** In the order in which they first did. */
  get exits(): readonly ControllerExits[] {
    return [...this.byProcess.values()];
  }
}
