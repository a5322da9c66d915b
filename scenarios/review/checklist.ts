/**
 * The checklist of the design review: its points, each checked against the values of a design
 * and against what its runs have shown.
 */
import type { Design } from '../../model/design.ts';
import type { Micros } from '../../sim/index.ts';
import { invariants } from './invariants.ts';
import type { Restart } from './recovery.ts';
import type { BoundaryRow, Findings } from './review.ts';
import { challenges, WITNESS_SEEDS, type Challenge } from './tasks.ts';

export interface Point {
  readonly id: string;
  /** What has to be true. */
  readonly title: string;
  readonly pass: boolean;
  /** The evidence, in sentences. */
  readonly evidence: readonly string[];
  /** The design values that decide it. */
  readonly setting: string;
  /** A run in which it is seen to fail. Null where it passes, and where no run is needed to see it. */
  readonly failure: Challenge | null;
}

type Judgement = Omit<Point, 'id' | 'title'>;

interface Question {
  readonly id: string;
  readonly title: string;
  readonly judge: (findings: Findings) => Judgement;
}

/** Kubernetes' largest object is what etcd takes in one request, 1.5 MiB; what a team calls small is less. */
const SMALL_BYTES = 1_048_576;

const questions: readonly Question[] = [
  {
    id: 'small-metadata',
    title: 'The consensus store holds small authoritative metadata, not bulk application data.',
    judge: judgeSize,
  },
  {
    id: 'one-story',
    title: 'Every value in the store has a reason to need one ordered control-plane story.',
    judge: judgePlacements,
  },
  {
    id: 'resync',
    title: 'Controllers can recover from restart by resyncing from current authoritative state.',
    judge: (findings) => ofRuns(findings, ['controller-restarts', 'compaction-gap'], ['resyncUs', 'keepRevisions']),
  },
  {
    id: 'gaps-expected',
    title: 'Watch gaps, duplicate observations, and retries are expected, not exceptional.',
    judge: (findings) =>
      ofRuns(
        findings,
        ['watch-reconnects', 'watches-lag', 'drop-acknowledgements', 'crash-after-external-call'],
        ['ownWrites', 'watchCacheEvents', 'watchTimeoutUs'],
      ),
  },
  {
    id: 'fenced-leases',
    title: 'Leases are paired with fencing or revision checks where stale actors could cause harm.',
    judge: judgeLeases,
  },
  { id: 'bounded-recovery', title: 'Snapshots and compaction keep recovery bounded.', judge: judgeRecovery },
  { id: 'testable-claims', title: 'The most important safety claims are written as testable invariants.', judge: judgeClaims },
];

/** All points, in the order of the checklist. */
export function checklist(findings: Findings): readonly Point[] {
  return questions.map(({ id, title, judge }) => ({ id, title, ...judge(findings) }));
}

function judgeSize({ design, boundary, aged }: Findings): Judgement {
  const bulk = boundary.filter(({ side, usual }) => side === 'consensus' && usual === 'outside');
  const entries = sum(boundary, 'entries');
  const entryBytes = sum(boundary, 'entryBytes');
  const evidence = bulk.map(
    (row) =>
      `${row.stateClass} is ${percent(row.entries, entries)} of the entries and ${percent(row.entryBytes, entryBytes)} of the bytes that went through consensus.`,
  );
  if (design.maxObjectBytes > SMALL_BYTES)
    evidence.push(
      `Admission lets objects of ${kib(design.maxObjectBytes)} in: what is larger than ${kib(SMALL_BYTES)} is no metadata.`,
    );
  const pass = evidence.length === 0;
  if (pass) {
    evidence.push(
      `In ${inSeconds(aged.simulatedUs)} ${entries} entries went through consensus, ${Math.round(entryBytes / Math.max(entries, 1))} bytes each in the mean; ${sum(boundary, 'outsideWrites')} writes stayed outside.`,
    );
  }
  return { pass, evidence, setting: [...bulk.map(placement), value(design, 'maxObjectBytes')].join(', '), failure: null };
}

function judgePlacements({ boundary }: Findings): Judgement {
  const wrong = boundary.filter((row) => row.side !== row.usual && !mayLeave(row));
  const left = boundary.filter(mayLeave);
  const evidence = wrong.map(({ stateClass, side, reason, breaks }) => {
    const harm = breaks === null || breaks.length === 0 ? '' : `; when regions were cut off, that broke ${breaks.join(', ')}`;
    return `${stateClass} stands ${side === 'consensus' ? 'in consensus' : 'outside'}, but ${reason}${harm}.`;
  });
  if (wrong.length === 0) {
    const inside = boundary.filter(({ side }) => side === 'consensus');
    evidence.push(`What stands in consensus decides something: ${inside.map(({ stateClass }) => stateClass).join(', ')}.`);
    for (const { stateClass, breaks } of left)
      evidence.push(
        `${stateClass} stands outside, as it may${breaks === null || breaks.length === 0 ? '' : `; when regions were cut off, that broke ${breaks.join(', ')}`}.`,
      );
  }
  return {
    pass: wrong.length === 0,
    evidence,
    setting: (wrong.length === 0 ? boundary.filter(({ side }) => side === 'consensus') : wrong).map(placement).join(', '),
    failure: null,
  };
}

/** Discovery is usually in consensus, and not always: it has one writer, and whoever reads it keeps what was known last. */
function mayLeave({ stateClass, side }: BoundaryRow): boolean {
  return stateClass === 'endpoint-intent' && side === 'outside';
}

function judgeLeases(findings: Findings): Judgement {
  const { boundary, unfenced } = findings;
  const runs = ofRuns(
    findings,
    ['pause-the-leader', 'partition-leader-from-store', 'delay-lease-renewals', 'old-leader-resumes'],
    ['fencing', 'leaseDurationUs', 'renewDeadlineUs'],
  );
  const evidence = [...runs.evidence];
  if (unfenced !== null)
    evidence.unshift(
      `Fencing is off, and nothing refuses an action under an older token${unfenced.run === null ? '' : `: ${unfenced.run.scenario}, seed ${unfenced.run.seed}, ${unfenced.run.message}`}.`,
    );
  if (boundary.some(({ stateClass, side }) => stateClass === 'leadership' && side === 'outside'))
    evidence.unshift('Each region grants leases and tokens of its own: leadership stands outside.');
  return {
    ...runs,
    pass: evidence.length === runs.evidence.length && runs.pass,
    evidence,
    failure: unfenced?.run ?? runs.failure,
  };
}

function judgeRecovery({ design, aged: { restarts, simulatedUs } }: Findings): Judgement {
  // While a snapshot is taken, as many entries again may come.
  const most = 2 * design.snapshotEveryEntries + design.entriesBehindSnapshot;
  const evidence = restarts.map(
    ({ atUs, logEntries, missedEntries, appliedEntries, tookUs, logKept, changesKept, revision }) =>
      `A member that restarts ${inSeconds(atUs)} after the beginning, with ${logEntries} entries written and ${missedEntries} missed, reads a log of ${logKept} and applies ${appliedEntries}${tookUs === null ? `, and ${inSeconds(simulatedUs - atUs)} later does not have all of them` : ` in ${inSeconds(tookUs)}`}; of ${revision} changes it keeps ${changesKept} for watches.`,
  );
  const old = restarts.at(-1) as Restart;
  const observations = evidence.length;
  if (old.tookUs === null) evidence.push('A member that restarts does not catch up in that time.');
  if (old.logKept > most) evidence.push(`It should not have to read more than ${most}.`);
  else if (most >= old.logEntries)
    evidence.push(
      `By its design it may have to read ${most}: in all that time nothing bounded the log, and it grew with the age of the platform.`,
    );
  if (old.changesKept >= old.revision)
    evidence.push('In all that time no history was compacted, and it grew with the age of the platform.');
  return {
    pass: evidence.length === observations,
    evidence,
    setting: values(design, ['snapshotEveryEntries', 'entriesBehindSnapshot', 'compactEveryUs', 'keepRevisions']),
    failure: null,
  };
}

function judgeClaims(findings: Findings): Judgement {
  const runs = ofRuns(
    findings,
    challenges.map(({ name }) => name),
    [],
  );
  const unseen = findings.witnesses.filter(({ seed }) => seed === null);
  const evidence = unseen.map(
    ({ property, defect, scenario }) =>
      `${property} did not see ${defect} in ${WITNESS_SEEDS} runs of ${scenario}: nobody knows whether it could.`,
  );
  if (unseen.length === 0)
    evidence.push(
      `Each of the ${invariants.length} invariants is a property that is able to fail here: it sees ${findings.witnesses.map(({ defect, scenario, seed }) => `${defect} (${scenario}, seed ${seed})`).join(', ')}.`,
    );
  return { ...runs, pass: unseen.length === 0 && runs.pass, evidence: [...evidence, ...runs.evidence], setting: '' };
}

/** Decided by the runs of some scenarios: none may fail, whichever property it is. */
function ofRuns(
  { design, challenges: all }: Findings,
  scenarios: readonly string[],
  settings: readonly (keyof Design)[],
): Judgement {
  const runs = all.filter(({ scenario }) => scenarios.includes(scenario));
  const failed = runs.filter(({ verdict }) => verdict !== 'ok');
  const evidence = scenarios.flatMap((name) => {
    const own = failed.filter(({ scenario }) => scenario === name);
    const [first] = own;
    if (first === undefined) return [];
    return [
      `${own.length} of ${runs.filter(({ scenario }) => scenario === name).length} runs of ${name} failed: seed ${first.seed} at ${first.property ?? first.verdict}, ${first.message ?? 'no message'}.`,
    ];
  });
  if (failed.length === 0) evidence.push(`${runs.length} runs of ${listed(scenarios)}: none failed.`);
  return { pass: failed.length === 0, evidence, setting: values(design, settings), failure: failed[0] ?? null };
}

function listed(names: readonly string[]): string {
  return names.length < 8 ? `${names.slice(0, -1).join(', ')} and ${names.at(-1)}` : `${names.length} scenarios of faults`;
}

function sum(rows: readonly BoundaryRow[], field: 'entries' | 'entryBytes' | 'outsideWrites'): number {
  return rows.reduce((total, row) => total + row[field], 0);
}

function placement({ stateClass, side }: BoundaryRow): string {
  return `placements.${stateClass}: ${side}`;
}

function values(design: Design, fields: readonly (keyof Design)[]): string {
  return fields.map((field) => value(design, field)).join(', ');
}

/** As a design file has it. */
function value(design: Design, field: keyof Design): string {
  return `${field}: ${JSON.stringify(design[field])}`;
}

function percent(part: number, whole: number): string {
  const rounded = Math.round((100 * part) / Math.max(whole, 1));
  return rounded === 0 && part > 0 ? 'less than 1 %' : `${rounded} %`;
}

function inSeconds(us: Micros): string {
  return `${Math.round(us / 10_000) / 100} s`;
}

function kib(bytes: number): string {
  return `${Math.round(bytes / 1_024)} KiB`;
}
