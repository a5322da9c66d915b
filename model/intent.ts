/** What operators want, drawn before the run as plain data and merely carried out by their coroutines. */
import type { Micros } from '../sim/index.ts';
import type { Identity, StorageSpec } from './api/resources/index.ts';

/** What any intent has, whoever carries it out: who wants what, when. */
export interface AnyIntent {
  readonly at: Micros;
  /** Name of the client process. */
  readonly client: string;
  readonly operation: string;
  readonly arguments: object;
}

export type Intent = {
  readonly at: Micros;
  /** Name of the operator process. */
  readonly client: string;
} & (
  | {
      readonly operation: 'declare';
      readonly arguments: {
        readonly name: string;
        readonly replicas: number;
        readonly image: string;
        readonly identity?: Identity;
        readonly maxSurge?: number;
        readonly maxUnavailable?: number;
        readonly storage?: StorageSpec;
      };
    }
  | { readonly operation: 'scale'; readonly arguments: { readonly name: string; readonly replicas: number } }
  | { readonly operation: 'roll-out'; readonly arguments: { readonly name: string; readonly image: string } }
  /** To the image that was rolled out before. */
  | { readonly operation: 'roll-back'; readonly arguments: { readonly name: string } }
  | { readonly operation: 'pause-roll-out' | 'resume-roll-out'; readonly arguments: { readonly name: string } }
  | { readonly operation: 'delete'; readonly arguments: { readonly name: string } }
  | { readonly operation: 'read'; readonly arguments: { readonly name: string } }
  | {
      readonly operation: 'declare-service';
      readonly arguments: { readonly name: string; readonly deployment: string; readonly mode: 'balanced' | 'primary' };
    }
  | { readonly operation: 'delete-service'; readonly arguments: { readonly name: string } }
  /** A slip of the hand: the endpoints of a service, which a controller owns. */
  | { readonly operation: 'delete-endpoints'; readonly arguments: { readonly name: string } }
  /** `name` is the region's; it is drained before it is removed. */
  | { readonly operation: 'join-region' | 'drain-region' | 'remove-region'; readonly arguments: { readonly name: string } }
  /**
   * `name` is the node's. One that is removed is drained first, unless nothing is heard of it,
   * and stays away until it joins again.
   */
  | {
      readonly operation: 'drain-node' | 'uncordon-node' | 'remove-node' | 'join-node';
      readonly arguments: { readonly name: string };
    }
);
