/** The boundary of a controller's cache: every state of an object that a controller has seen, in the order it saw them. */
import { boundary } from '../../../sim/index.ts';
import type { ResourceKind } from '../resources/index.ts';

export interface Observation {
  /** Name of the process; its incarnations are one observer. */
  readonly controller: string;
  readonly kind: ResourceKind;
  readonly name: string;
  readonly uid: string;
  readonly generation: number;
  /** Of the state seen; of a deletion: the version at which the object was found to be gone. */
  readonly resourceVersion: number;
  readonly deleted: boolean;
}

export const observedBoundary = boundary<Observation>(
  'controller/observed',
  ({ kind, name, generation, resourceVersion, deleted }) =>
    deleted
      ? `sees ${kind} ${name} gone at ${resourceVersion}`
      : `sees ${kind} ${name} generation ${generation} at ${resourceVersion}`,
);
