/** Revision monotonic: the store's revision never goes back along the log, at any member, across restarts and snapshots. */
import type { Boundary, Monitor, Observer, Process, Property, Report } from '../../../sim/index.ts';
import {
  entryResultBoundary,
  stateRestoredBoundary,
  type EntryResult,
  type StateRestored,
} from '../../store/member/entry-result.ts';
import { RecentEntries } from '../shared/recent-entries.ts';
import type { OracleOf, StoreOracle } from './oracle.ts';

export function revisionMonotonic(oracleOf: OracleOf): Property {
  return {
    id: 'store/revision-monotonic',
    kind: 'always',
    title: 'the revision of a later entry is never lower, at any member, across restarts and snapshots',
    monitor: (report, scene, keepEvidence) => new RevisionMonotonic(report, oracleOf(scene, keepEvidence)),
  };
}

class RevisionMonotonic implements Monitor {
  readonly through: readonly Observer[];
  private readonly report: Report;
  private readonly oracle: StoreOracle;
  /** Highest revision that any member has had at an index; none where no command stands. */
  private readonly revisions = new RecentEntries<number>();

  constructor(report: Report, oracle: StoreOracle) {
    this.report = report;
    this.oracle = oracle;
    this.through = [oracle];
  }

  sees(what: Boundary): boolean {
    return what === (entryResultBoundary as Boundary) || what === (stateRestoredBoundary as Boundary);
  }

  crossed(_process: Process, what: Boundary, body: unknown): void {
    if (what === (entryResultBoundary as Boundary)) {
      const result = body as EntryResult;
      // What this entry itself gave elsewhere is a matter of agreement.
      this.judge(result, result.index - 1);
      const { index, revision } = result;
      this.revisions.set(index, Math.max(this.revisions.get(index) ?? 0, revision));
    } else if (what === (stateRestoredBoundary as Boundary)) {
      const restored = body as StateRestored;
      this.judge(restored, restored.index);
    }
  }

  /** No entry up to `upTo` may have had a higher revision; those before the last one had none either, or it was told then. */
  private judge(state: EntryResult | StateRestored, upTo: number): void {
    const { revisions } = this;
    for (let index = Math.min(upTo, revisions.last); index >= revisions.oldest; index--) {
      const revision = revisions.get(index);
      if (revision === undefined) continue;
      if (state.revision < revision) this.report.violated(backwards(state, index, revision));
      return;
    }
  }

  fullCheck(): string | null {
    const seen: { readonly index: number; readonly revision: number }[] = [];
    for (const fact of this.oracle.evidence ?? []) {
      if (fact.type !== 'result' && fact.type !== 'restored') continue;
      const state = fact.type === 'result' ? fact.result : fact.restored;
      const upTo = fact.type === 'result' ? state.index - 1 : state.index;
      const higher = seen.find(({ index, revision }) => index <= upTo && revision > state.revision);
      if (higher !== undefined) return backwards(state, higher.index, higher.revision);
      if (fact.type === 'result') seen.push(fact.result);
    }
    return null;
  }
}

function backwards({ member, index, revision }: EntryResult | StateRestored, before: number, higher: number): string {
  return `member ${member} is at revision ${revision} with entry ${index}, but entry ${before} had given ${higher}`;
}
