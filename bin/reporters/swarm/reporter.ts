/** What a reporter of a swarm is: told of every run as it ends, and of the sum of all. One file each beside this one. */
import type { SwarmFailure, SwarmReport, SwarmRunResult } from '../../../scenarios/swarm/swarm-result.ts';

/** A swarm that is over. */
export interface SwarmEnd {
  readonly report: SwarmReport;
  /** Required probes that were never seen. */
  readonly missing: readonly string[];
  /** The design review's table, as lines; empty unless it was asked for. */
  readonly table: readonly string[];
  /** Runs of each scenario, in the order of the first. */
  readonly runsOf: ReadonlyMap<string, number>;
  /** How many of them failed: of what a seed store knew, that alone which was also among them. */
  readonly failedOf: ReadonlyMap<string, number>;
  /** Shards without a journal, such as `2/3`. */
  readonly missingShards: readonly string[];
}

/** A result without the text of its recording, which lies in a file by now, and without what its failure tells. */
export type Told = Omit<SwarmRunResult, 'recording' | 'waiting' | 'drawn'>;

export interface SwarmReporter {
  /** `failure` is null for a run that passed or stayed open. */
  ran(result: Told, failure: SwarmFailure | null): void;
  ended(end: SwarmEnd): void;
}

/** Where a reporter writes: the standard output, or a file. Text comes with its line ends. */
export type Write = (text: string) => void;
