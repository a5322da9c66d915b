/**
 * The results of a hunt: for each defect in how many trials it was found, and after how many seeds
 * and how much time. Results are data.
 */
import type { Defect } from '../../model/defect.ts';
import type { RunVerdict } from '../swarm/swarm-result.ts';

/** Where a trial found its defect. */
export interface Find {
  readonly scenario: string;
  readonly seed: number;
  readonly verdict: RunVerdict;
  /** What was broken; null when a program threw. */
  readonly property: string | null;
  /** Path of the recording, where one was kept. */
  readonly recording: string | null;
  /** The command that reproduces it. */
  readonly repro: string;
}

/** One trial: seeds from a first one on, until a run fails or the time is up. */
export interface Trial {
  readonly defect: string;
  /** Counted from 1. */
  readonly trial: number;
  /** Seeds tried, the one that failed among them. */
  readonly seeds: number;
  readonly cpuSeconds: number;
  readonly find: Find | null;
}

export interface HuntRow {
  readonly id: string;
  readonly source: string;
  /** The one that its definition says sees it. */
  readonly property: string;
  readonly found: number;
  readonly trials: number;
  /** Null when more than half of the trials found nothing. */
  readonly seedsToFind: { readonly median: number | null };
  /** A trial that found nothing counts with all its time. */
  readonly cpuSeconds: { readonly median: number };
  readonly finds: readonly Find[];
}

/** A row for each defect of which a trial is over. */
export function huntRows(defects: readonly Defect[], trials: readonly Trial[]): readonly HuntRow[] {
  return defects.flatMap(({ id, source, property }): readonly HuntRow[] => {
    const own = trials.filter(({ defect }) => defect === id).toSorted((a, b) => a.trial - b.trial);
    if (own.length === 0) return [];
    const finds = own.flatMap(({ find }) => (find === null ? [] : [find]));
    const seeds = median(own.map((trial) => (trial.find === null ? Infinity : trial.seeds)));
    return [
      {
        id,
        source,
        property,
        found: finds.length,
        trials: own.length,
        seedsToFind: { median: seeds === Infinity ? null : seeds },
        cpuSeconds: { median: Math.round(median(own.map(({ cpuSeconds }) => cpuSeconds)) * 100) / 100 },
        finds,
      },
    ];
  });
}

/**
 * The trials without finds that the defect did not cause: on a seed where the healthy platform fails as well, nothing was found.
 */
export function withoutFalseFinds(
  trials: readonly Trial[],
  healthyFailures: readonly Pick<Find, 'scenario' | 'seed'>[],
): readonly Trial[] {
  const failsAnyway = (find: Find): boolean =>
    healthyFailures.some(({ scenario, seed }) => scenario === find.scenario && seed === find.seed);
  return trials.map((trial) => (trial.find !== null && failsAnyway(trial.find) ? { ...trial, find: null } : trial));
}

/** The value in the middle; of two in the middle, the greater. Throws a RangeError when there is none. */
export function median(values: readonly number[]): number {
  const middle = values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
  if (middle === undefined) throw new RangeError('the median of an empty list');
  return middle;
}
