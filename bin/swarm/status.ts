/** What a swarm came to, as an exit status. */
import type { SwarmTally } from '../../scenarios/swarm/swarm-result.ts';
import { ExitStatus } from '../exit-status.ts';
import type { SwarmEnd } from '../reporters/swarm/reporter.ts';

/** `isOurs`: no code or data of the user's had a part in it, so that a crash is Quorate's own failure. */
export function swarmStatus({ report, missing, missingShards }: SwarmEnd, interrupted: boolean, isOurs: boolean): ExitStatus {
  const failed = (...verdicts: string[]): boolean => report.failures.some(({ verdict }) => verdicts.includes(verdict));
  if (failed('crashed') && isOurs) return ExitStatus.internal;
  if (report.nondeterministic.length > 0) return ExitStatus.nondeterminism;
  if (failed('violation', 'crashed')) return ExitStatus.violation;
  if (failed('stalled')) return ExitStatus.stalled;
  if (missing.length > 0) return ExitStatus.neverHit;
  if (report.undecided > 0 || missingShards.length > 0) return ExitStatus.undecided;
  return interrupted ? ExitStatus.interrupted : ExitStatus.clean;
}

export function runsByScenario({ byScenario }: SwarmTally): ReadonlyMap<string, number> {
  return new Map([...byScenario].map(([scenario, { runs }]) => [scenario, runs]));
}

export function failedByScenario({ byScenario }: SwarmTally): ReadonlyMap<string, number> {
  return new Map(
    [...byScenario].map(([scenario, { failed }]) => [
      scenario,
      [...failed.values()].reduce((sum, failures) => sum + failures.length, 0),
    ]),
  );
}
