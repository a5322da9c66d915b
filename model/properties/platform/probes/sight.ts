/** What the probes of the platform look at, beside what all probes do. */
import type { Monitor, Scene } from '../../../../sim/index.ts';
import type { ApiCalls } from '../api/calls.ts';
import type { Change, CommitJournal, Subject } from '../journal.ts';

export interface PlatformSight {
  readonly hit: () => void;
  readonly scene: Scene;
  /** Objects and authority, as committed. */
  readonly journal: CommitJournal;
  /** Calls of API servers. To be named in `through`. */
  readonly calls: ApiCalls;
}

/** Calls `changed` with what each commit changes that concerns one of these. */
export function commits(journal: CommitJournal, subjects: readonly Subject[], changed: (change: Change) => void): Monitor {
  journal.follow(
    (changes) => {
      for (const change of changes) changed(change);
    },
    ...subjects,
  );
  return { through: [journal] };
}
