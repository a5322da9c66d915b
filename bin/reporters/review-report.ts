/** What a review came to: as a JSON document, and in words. */
import { defaultDesign, type Design } from '../../model/design.ts';
import type { Origin } from '../../replay/recorder.ts';
import type { Point } from '../../scenarios/review/checklist.ts';
import { matrixOf, reviewOf, type BoundaryRow, type Review } from '../../scenarios/review/review.ts';
import type { Restart } from '../../scenarios/review/recovery.ts';
import type { Challenge, Finding } from '../../scenarios/review/tasks.ts';
import { reproduceRun, shellLine } from '../reproduce.ts';
import type { ReviewOutcome } from '../review/run-review.ts';
import { inColumns } from './columns.ts';
import { wrapped } from './fitted-text.ts';
import { matrixLines } from './matrix-report.ts';

const EVIDENCE_WIDTH = 110;

export interface ReviewEnd {
  readonly outcome: ReviewOutcome;
  /** Values that differ from the default. */
  readonly design: Partial<Design>;
  /** The file they were read from. */
  readonly designFile: string | undefined;
  /** As they were written. */
  readonly seeds: string;
  readonly origin: Origin;
}

/** Null when it was interrupted: nobody can judge by half of the findings. */
export function reviewed({ outcome: { found, complete }, design }: ReviewEnd): Review | null {
  return complete ? reviewOf(design, found) : null;
}

/** The fields that scripts rely on come first. */
export function reviewJson(end: ReviewEnd, review: Review | null): object {
  const { outcome, design, designFile, seeds, origin } = end;
  const repro = (run: Challenge): string => reproduction(run, designFile);
  return {
    points: (review?.points ?? []).map(({ id, title, pass, evidence, setting, failure }) => ({
      id,
      pass,
      evidence: evidence.join(' '),
      setting,
      title,
      repro: failure === null ? null : repro(failure),
    })),
    boundary: review?.boundary ?? [],
    matrix: matrixSoFar(end, review).map(({ scenario, runs, cells, otherwiseBroken }) => ({
      scenario,
      runs,
      invariants: cells.map(({ property, isJudged, isChallenged, broken }) => ({
        property,
        judged: isJudged,
        challenged: isChallenged,
        broken,
      })),
      otherwiseBroken,
    })),
    recovery: review?.recovery ?? null,
    failures: failuresOf(outcome.found).map((run) => ({ ...run, repro: repro(run) })),
    witnesses: outcome.found.flatMap((finding) => {
      if (finding.of !== 'witness') return [];
      const { property, defect, scenario, seed } = finding;
      return [
        {
          property,
          defect,
          scenario,
          seed,
          repro: seed === null ? null : reproduceRun({ scenario, seed, defects: [defect], design: designFile }),
        },
      ];
    }),
    complete: outcome.complete,
    design,
    seeds,
    wallMs: Math.round(outcome.wallMs),
    ...origin,
  };
}

/** The last line reproduces something: a run that failed if there is one, else the review. */
export function reviewText(end: ReviewEnd, review: Review | null): string {
  const { designFile } = end;
  const lines = [`Design review of ${designFile ?? 'the default design'}`, ...differing(end.design)];
  if (review !== null) lines.push('', 'Which state stands behind consensus', '', ...boundaryLines(review.boundary));
  lines.push('', `Invariants and faults, seeds ${end.seeds}`, '', ...matrixLines(matrixSoFar(end, review)));
  if (review === null) return [...lines, '', 'ended early: no verdict on half of the runs'].join('\n');
  lines.push('', 'Recovery, by the age of the platform', '', ...recoveryLines(review.recovery.restarts), '', 'Checklist');
  for (const point of review.points) lines.push('', ...pointLines(point));
  const failed = review.points.filter(({ pass }) => !pass);
  lines.push('', `${review.points.length - failed.length} of ${review.points.length} points hold`);
  if (failed.length === 0) return lines.join('\n');
  const [run] = failed.flatMap(({ failure }) => failure ?? []);
  return [
    ...lines,
    'see it with:',
    run === undefined ? shellLine(['review', ...designWords(designFile)]) : reproduction(run, designFile),
  ].join('\n');
}

function differing(design: Partial<Design>): readonly string[] {
  return Object.entries(design).map(
    ([field, value]) =>
      `  ${field}: ${JSON.stringify(value)}  (default: ${JSON.stringify(defaultDesign[field as keyof Design])})`,
  );
}

function boundaryLines(rows: readonly BoundaryRow[]): readonly string[] {
  const cells = rows.map(({ stateClass, side, usual, reason, entries, entryBytes, outsideWrites, breaks }) => [
    stateClass,
    side === usual ? side : side.toUpperCase(),
    count(entries),
    entries === 0 ? '' : (entryBytes / 1_024).toFixed(0),
    count(outsideWrites),
    `${side === usual ? '' : `usually ${usual === 'outside' ? 'outside' : 'in consensus'}: `}${reason}${breaks === null || breaks.length === 0 ? '' : `; cut off, it breaks ${breaks.join(', ')}`}`,
  ]);
  return inColumns(
    [['class of state', 'stands', 'log entries', 'KiB', 'writes outside', 'why'], ...cells],
    ['left', 'left', 'right', 'right', 'right', 'left'],
    'ruled',
  );
}

function recoveryLines(restarts: readonly Restart[]): readonly string[] {
  const cells = restarts.map(
    ({ atUs, logEntries, missedEntries, logKept, appliedEntries, tookUs, stateBytes, changesKept, revision }) => [
      inSeconds(atUs),
      String(logEntries),
      String(missedEntries),
      String(logKept),
      String(appliedEntries),
      tookUs === null ? 'not yet' : inSeconds(tookUs),
      (stateBytes / 1_024).toFixed(0),
      `${changesKept} of ${revision}`,
    ],
  );
  const head = ['restarted at', 'entries', 'missed', 'read', 'applied', 'in', 'state KiB', 'changes kept'];
  return inColumns(
    [head, ...cells],
    head.map(() => 'right'),
    'ruled',
  );
}

function pointLines({ pass, title, evidence, setting }: Point): readonly string[] {
  const below = [...evidence, ...(setting === '' ? [] : [`set by ${setting}`])];
  return [
    `  ${pass ? 'holds' : 'FAILS'}  ${title}`,
    ...below.flatMap((sentence) => wrapped(sentence, EVIDENCE_WIDTH)).map((line) => `         ${line}`),
  ];
}

function matrixSoFar({ outcome, design }: ReviewEnd, review: Review | null): Review['matrix'] {
  return (
    review?.matrix ??
    matrixOf(
      { ...defaultDesign, ...design },
      outcome.found.filter((finding) => finding.of === 'challenge'),
    )
  );
}

/** The runs that failed, so far. */
export function failuresOf(found: readonly Finding[]): readonly Challenge[] {
  return found.flatMap((finding) => {
    if (finding.of !== 'challenge' || finding.verdict === 'ok') return [];
    const { scenario, seed, verdict, property, message } = finding;
    return [{ scenario, seed, verdict, property, message }];
  });
}

function reproduction({ scenario, seed }: Challenge, design: string | undefined): string {
  return reproduceRun({ scenario, seed, defects: [], design });
}

function designWords(design: string | undefined): readonly string[] {
  return design === undefined ? [] : ['--design', design];
}

function count(writes: number): string {
  return writes === 0 ? '' : String(writes);
}

function inSeconds(us: number): string {
  return `${(us / 1_000_000).toFixed(2)} s`;
}
