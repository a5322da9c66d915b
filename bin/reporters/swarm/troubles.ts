/** What is wrong with a swarm beside the runs of it that failed. */
import type { SwarmEnd } from './reporter.ts';

export interface Trouble {
  readonly sort: string;
  readonly subject: string;
  /** What the subject should have done. */
  readonly should: string;
  readonly message: string;
}

export function troublesOf({ report, missing, missingShards }: SwarmEnd): readonly Trouble[] {
  return [
    ...report.nondeterministic.map(({ scenario, seed, digests }) => ({
      sort: 'nondeterminism',
      subject: `${scenario}, seed ${seed}`,
      should: 'repeats itself',
      message: `digest ${digests[0]} here, ${digests[1]} in another process`,
    })),
    ...missing.map((probe) => ({
      sort: 'never hit',
      subject: `probe ${probe}`,
      should: 'is seen',
      message: 'no run of the swarm hit it',
    })),
    ...missingShards.map((shard) => ({
      sort: 'missing',
      subject: `shard ${shard}`,
      should: 'is there',
      message: 'there is no journal of it, so its results are unknown',
    })),
  ];
}
