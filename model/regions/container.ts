/** The boundary of a machine's containers: what runs on it, from when to when. */
import { boundary, formatTime, type Micros } from '../../sim/index.ts';

/** A volume as a container has it. */
export interface Mount {
  /** The provider's id. */
  readonly resource: string;
  /** Of the attachment: the provider takes no writes under another one. */
  readonly epoch: number;
  /** All that bear this one after the other are to find what those before have written. */
  readonly claim: string;
}

/** One workload on its node. */
export interface Container {
  readonly uid: string;
  readonly name: string;
  /** Uid of the deployment. */
  readonly owner: string;
  readonly image: string;
  /** What must not run twice at a time; empty for all that may. */
  readonly identity: string;
  /** `waiting`: it has ended by itself, and is started again after a pause. */
  readonly phase: 'starting' | 'running' | 'waiting' | 'stopping';
  /** It serves. */
  readonly ready: boolean;
  readonly restarts: number;
  readonly volume: Mount | null;
}

/** `ended`: by itself, or because its machine's deadline has passed. `stopped`: because its agent wanted it. */
export type ContainerEvent =
  | { readonly what: 'started' | 'stopping' | 'stopped' | 'ended'; readonly container: Container }
  /** All with an identity are ended by the machine itself, whatever its agent does, when its monotonic clock shows this time. */
  | { readonly what: 'deadline'; readonly untilUs: Micros };

export const containerBoundary = boundary<ContainerEvent>('node/container', (event) =>
  event.what === 'deadline'
    ? `what has an identity may run until ${formatTime(event.untilUs)} of its own clock`
    : `${event.container.name} has ${event.what === 'stopping' ? 'been told to stop' : event.what}`,
);
