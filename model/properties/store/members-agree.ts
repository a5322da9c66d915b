/** Members agree: the same entry gives the same answer and the same state at every member, replayed or restored. */
import type { Boundary, Monitor, Observer, Process, Property, Report } from '../../../sim/index.ts';
import type { Design } from '../../design.ts';
import {
  entryResultBoundary,
  stateRestoredBoundary,
  type EntryResult,
  type StateRestored,
} from '../../store/member/entry-result.ts';
import { RecentEntries } from '../shared/recent-entries.ts';
import { isSameAnswer } from './equal.ts';
import type { OracleOf, StoreOracle } from './oracle.ts';

export function membersAgree(oracleOf: OracleOf, design: Design): Property {
  return {
    id: 'store/members-agree',
    kind: 'always',
    title: 'members that have applied the same entries have answered them alike and hold the same state',
    monitor: (report, scene, keepEvidence) =>
      new MembersAgree(report, oracleOf(scene, keepEvidence), keepEvidence ? Infinity : remembered(design)),
  };
}

/** Results remembered: a member replays at most what lies behind its last snapshot, and whoever lags further behind gets one. */
function remembered({ snapshotEveryEntries, entriesBehindSnapshot }: Design): number {
  return Math.max(4_096, 2 * snapshotEveryEntries + entriesBehindSnapshot);
}

class MembersAgree implements Monitor {
  readonly through: readonly Observer[];
  private readonly report: Report;
  private readonly oracle: StoreOracle;
  /** Of whoever applied first, by index. */
  private readonly first: RecentEntries<EntryResult>;

  constructor(report: Report, oracle: StoreOracle, most: number) {
    this.report = report;
    this.oracle = oracle;
    this.through = [oracle];
    this.first = new RecentEntries(most);
  }

  sees(what: Boundary): boolean {
    return what === (entryResultBoundary as Boundary) || what === (stateRestoredBoundary as Boundary);
  }

  crossed(_process: Process, what: Boundary, body: unknown): void {
    if (what === (entryResultBoundary as Boundary)) {
      const result = body as EntryResult;
      this.applied(result);
    } else if (what === (stateRestoredBoundary as Boundary)) {
      const restored = body as StateRestored;
      const reached = this.reached(restored.index);
      if (reached !== undefined && !sameState(restored, reached)) this.report.violated(otherState(restored, reached));
    }
  }

  private applied(result: EntryResult): void {
    const { index } = result;
    const first = this.first.get(index);
    if (first === undefined) {
      if (index > this.first.last) this.first.set(index, result);
    } else {
      const differs = difference(result, first);
      if (differs !== null) this.report.violated(differs);
    }
  }

  /** The result of the newest command up to an index; undefined when it is not known any more. */
  private reached(upTo: number): EntryResult | undefined {
    // Between two commands stand at most a few first entries of terms.
    for (let index = upTo; index > 0 && index > upTo - 64; index--) {
      const first = this.first.get(index);
      if (first !== undefined) return first;
    }
    return undefined;
  }

  fullCheck(): string | null {
    const first = new Map<number, EntryResult>();
    for (const fact of this.oracle.evidence ?? []) {
      if (fact.type === 'result') {
        const { result } = fact;
        const other = first.get(result.index);
        const differs = other === undefined ? null : difference(result, other);
        if (differs !== null) return differs;
        if (other === undefined) first.set(result.index, result);
      } else if (fact.type === 'restored') {
        const { restored } = fact;
        const at = Math.max(...[...first.keys()].filter((index) => index <= restored.index));
        const reached = first.get(at);
        if (reached !== undefined && !sameState(restored, reached)) return otherState(restored, reached);
      }
    }
    return null;
  }
}

function sameState(a: EntryResult | StateRestored, b: EntryResult): boolean {
  return a.revision === b.revision && a.compactRevision === b.compactRevision && a.sizeBytes === b.sizeBytes && a.hash === b.hash;
}

function difference(result: EntryResult, first: EntryResult): string | null {
  if (!sameState(result, first)) return otherState(result, first);
  if (isSameAnswer(result.response, first.response)) return null;
  return `member ${result.member} answers entry ${result.index} with ${JSON.stringify(result.response)}, member ${first.member} with ${JSON.stringify(first.response)}`;
}

function otherState(state: EntryResult | StateRestored, first: EntryResult): string {
  const say = ({ member, revision, compactRevision, sizeBytes, hash }: EntryResult | StateRestored): string =>
    `member ${member} is at revision ${revision}, compacted to ${compactRevision}, with ${sizeBytes} bytes and hash ${hash}`;
  return `after entry ${state.index} ${say(state)}, but ${say(first)}`;
}
