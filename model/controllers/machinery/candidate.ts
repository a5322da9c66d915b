/** A replica of a controller as a candidate for its role, by either of the two recipes that a design may choose. */
import type { Os } from '../../../sim/index.ts';
import type { ApiClient } from '../../api/client/api-client.ts';
import type { Fence } from '../../api/resources/index.ts';
import type { DefectSet } from '../../defect.ts';
import type { Design } from '../../design.ts';
import { Elector } from './elector.ts';
import { SessionElector } from './session-elector.ts';

/** Input and output of the operation `acquire` in a history: an attempt to become the leader. */
export interface AcquireInput {
  readonly role: string;
  readonly holder: string;
}

export interface AcquireOutput {
  readonly token: number;
}

export interface CandidateOptions {
  readonly role: string;
  readonly client: ApiClient;
  readonly design: Design;
  readonly defects: DefectSet;
  /** It leads from now on, under this authority. */
  readonly elected: (fence: Fence) => void;
  /** It must not act any more, from this very moment. */
  readonly deposed: () => void;
}

export interface Candidate {
  /** The authority it leads under; null while it does not. */
  readonly fence: Fence | null;
  start(): void;
  /** Gives up leading at once, because it was found out that another leads. */
  stepDown(): void;
  inspect(): unknown;
}

export function candidate(os: Os, options: CandidateOptions): Candidate {
  return options.design.electorRecipe === 'lease' ? new Elector(os, options) : new SessionElector(os, options);
}
