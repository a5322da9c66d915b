/** What a hunt came to: as a JSON document, and as a table. */
import type { Defect } from '../../model/defect.ts';
import type { Origin } from '../../replay/recorder.ts';
import { huntRows, median, type HuntRow } from '../../scenarios/hunt/hunt-report.ts';
import type { HuntOutcome } from '../hunt/run-hunt.ts';
import { inColumns } from './columns.ts';
import { counted } from './counted.ts';

export interface HuntEnd {
  readonly outcome: HuntOutcome;
  readonly origin: Origin;
  /** Those that were asked for. */
  readonly defects: readonly Defect[];
  readonly canary: string;
  readonly strategy: string;
  /** As they were written. */
  readonly seeds: string;
  readonly capSeconds: number;
}

/** The fields that scripts rely on come first. */
export function huntJson({ origin, outcome, defects, canary, strategy, seeds, capSeconds }: HuntEnd): object {
  const failures = outcome.healthy.flatMap((stretch) => stretch.failures);
  return {
    defects: huntRows(defects, outcome.trials),
    healthyFailures: failures.length,
    complete: outcome.complete,
    healthy: { seeds: healthySeeds(outcome), failures },
    canary: { id: canary, found: isFound(outcome, canary) },
    strategy,
    seeds,
    capSeconds,
    wallMs: Math.round(outcome.wallMs),
    ...origin,
  };
}

/** The last line reproduces something: a failure of the healthy platform if there is one, else what was found last. */
export function huntText({ outcome, defects, canary, capSeconds }: HuntEnd): string {
  const rows = huntRows(defects, outcome.trials);
  const lines = rows.length === 0 ? [] : [...table(rows), '', ...summary(rows, capSeconds)];
  if (!outcome.complete) lines.push('ended early');
  const failures = outcome.healthy.flatMap((stretch) => stretch.failures);
  lines.push(
    `the healthy platform on ${healthySeeds(outcome)} of the same seeds: ${failures.length === 0 ? 'no failure' : `${failures.length} FAILED`}`,
  );
  if (outcome.trials.some(({ defect, find }) => defect === canary && find === null)) {
    lines.push('', `THE CANARY WAS MISSED  ${canary} is found by any hunt that sees anything: trust none of these figures`);
  }
  for (const { scenario, seed, property, verdict, message, recording, repro } of failures) {
    lines.push(
      '',
      `${verdict.toUpperCase()}  the healthy platform in ${scenario}, seed ${seed}${property === null ? '' : `: ${property}`}`,
      `  ${message ?? 'no message'}`,
    );
    if (recording !== null) lines.push(`  recording: ${recording}`);
    lines.push(`  ${repro}`);
  }
  const row = rows.findLast(({ finds }) => finds.length > 0);
  const [find] = row?.finds ?? [];
  if (failures.length === 0 && row !== undefined && find !== undefined) {
    lines.push(`see ${row.id} with:`, find.repro);
  }
  return lines.join('\n');
}

function summary(rows: readonly HuntRow[], capSeconds: number): readonly string[] {
  const always = rows.filter(({ found, trials }) => found === trials).length;
  const never = rows.filter(({ found }) => found === 0).map(({ id }) => id);
  const half = median(rows.map(({ cpuSeconds }) => cpuSeconds.median));
  return [
    `${counted(rows.length, 'defect')}: ${always} found in every trial (${Math.floor((100 * always) / rows.length)} %), ${never.length} in none${never.length === 0 ? '' : ` (${never.join(', ')})`}`,
    `median of the medians: ${half.toFixed(1)} s of CPU time; a trial ends after ${capSeconds} s`,
  ];
}

function table(rows: readonly HuntRow[]): readonly string[] {
  const cells = rows.map(({ id, property, found, trials, seedsToFind, cpuSeconds, finds }) => [
    id,
    `${found}/${trials}`,
    seedsToFind.median === null ? '–' : String(seedsToFind.median),
    cpuSeconds.median.toFixed(1),
    // Most defects are seen by what they are said to break, some by what follows from it.
    [...new Set(finds.map((find) => find.property ?? find.verdict))]
      .sort((a, b) => Number(b === property) - Number(a === property))
      .join(', '),
  ]);
  return inColumns(
    [['defect', 'found', 'seeds', 'CPU s', 'seen by'], ...cells],
    ['left', 'right', 'right', 'right', 'left'],
    'plain',
  );
}

function healthySeeds({ healthy }: HuntOutcome): number {
  return healthy.reduce((sum, { healthy: [first, last] }) => sum + last - first + 1, 0);
}

function isFound({ trials }: HuntOutcome, canary: string): boolean {
  const own = trials.filter(({ defect }) => defect === canary);
  return own.length > 0 && own.every(({ find }) => find !== null);
}
