/** Stable leadership: a lease does not pass to another while its holder renews it. */
import {
  formatTime,
  type Micros,
  type Monitor,
  type Observer,
  type Property,
  type Report,
  type Scene,
} from '../../../sim/index.ts';
import type { Fence, Lease } from '../../api/resources/index.ts';
import { CommitJournal, type Change, type FirstApplied, type JournalOf } from './journal.ts';

/** Candidates count on clocks of their own, which may run fast by this much. */
const CLOCK_TOLERANCE_PERCENT = 20;

/**
 * By the recipe of a Lease object a candidate waits for its whole duration since it saw it change, and it cannot have seen a
 * change before its commit. In an election nobody but its holder takes a leader's key away, or the end of its lease, whose time
 * is judged by `store/lease-minimum`; so that only the oldest candidate acts.
 */
export function stableLeadership(journalOf: JournalOf): Property {
  return {
    id: 'platform/stable-leadership',
    kind: 'always',
    title: 'a lease passes to another holder only after it has run out or been given up',
    monitor: (report, scene, keepEvidence) => new StableLeadership(report, scene, journalOf(scene), keepEvidence),
  };
}

/** A lease as committed at some time. */
interface LeaseRecord {
  readonly timeUs: Micros;
  readonly name: string;
  readonly holder: string;
  readonly durationUs: Micros;
}

/** An action of a candidate that was not the oldest of its election. */
interface OutOfTurn {
  readonly role: string;
  readonly token: number;
  readonly leading: number;
}

class StableLeadership implements Monitor {
  readonly through: readonly Observer[];
  private readonly report: Report;
  private readonly scene: Scene;
  private readonly journal: CommitJournal;
  private readonly latest = new Map<string, LeaseRecord>();
  private readonly evidence: LeaseRecord[] | null;
  private readonly entries: readonly FirstApplied[] | null;

  constructor(report: Report, scene: Scene, journal: CommitJournal, keepEvidence: boolean) {
    this.report = report;
    this.scene = scene;
    this.journal = journal;
    this.through = [journal];
    journal.follow((changes) => this.judge(changes), 'Lease', 'authority');
    this.evidence = keepEvidence ? [] : null;
    this.entries = keepEvidence ? journal.keep(scene) : null;
  }

  private judge(changes: readonly Change[]): void {
    for (const { object, authority } of changes) {
      if (authority?.session !== undefined) this.acted(authority);
      if (object?.kind !== 'Lease') continue;
      const { metadata, spec } = object as Lease;
      const record: LeaseRecord = {
        timeUs: this.scene.nowUs(),
        name: metadata.name,
        holder: spec.holder,
        durationUs: spec.durationUs,
      };
      this.evidence?.push(record);
      const before = this.latest.get(record.name);
      if (before !== undefined && takesEarly(before, record)) this.report.violated(say(before, record));
      this.latest.set(record.name, record);
    }
  }

  private acted({ role, token }: Fence): void {
    const leading = this.journal.tokens.get(role) ?? 0;
    if (token > leading) this.report.violated(sayOutOfTurn({ role, token, leading }));
  }

  fullCheck(): string | null {
    const outOfTurn = firstOutOfTurn(this.entries ?? []);
    if (outOfTurn !== null) return sayOutOfTurn(outOfTurn);
    const evidence = this.evidence ?? [];
    for (const [position, record] of evidence.entries()) {
      const before = evidence.slice(0, position).findLast(({ name }) => name === record.name);
      if (before !== undefined && takesEarly(before, record)) return say(before, record);
    }
    return null;
  }
}

/** From what was committed alone: at each action in an election, who stood first in it by then. */
function firstOutOfTurn(entries: readonly FirstApplied[]): OutOfTurn | null {
  const journal = new CommitJournal();
  for (const { entry } of entries) {
    for (const { authority } of journal.see(entry) ?? []) {
      if (authority?.session === undefined) continue;
      const { role, token } = authority;
      const leading = journal.tokens.get(role) ?? 0;
      if (token > leading) return { role, token, leading };
    }
  }
  return null;
}

function takesEarly(before: LeaseRecord, after: LeaseRecord): boolean {
  if (before.holder === '' || after.holder === '' || before.holder === after.holder) return false;
  return (after.timeUs - before.timeUs) * 100 < before.durationUs * (100 - CLOCK_TOLERANCE_PERCENT);
}

function sayOutOfTurn({ role, token, leading }: OutOfTurn): string {
  return `token ${token} of ${role} is acted under while ${leading} stands before it in the election`;
}

function say(before: LeaseRecord, after: LeaseRecord): string {
  return `lease ${after.name} passed from ${before.holder} to ${after.holder} ${formatTime(after.timeUs - before.timeUs)} after its last renewal, and it lasts ${formatTime(before.durationUs)}`;
}
