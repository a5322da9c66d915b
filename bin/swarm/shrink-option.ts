/** Whether, and for how long, a swarm shrinks its failures: `--shrink`, `--no-shrink`, or what its reporters are read by. */
import type { SwarmFailure } from '../../scenarios/swarm/swarm-result.ts';
import { parseTimeMs } from '../commands/options.ts';

/** For each failure; its explanation takes about as long again at most. */
const SHRINK_BUDGET = '60s';
export const SHRINK_HELP = `shrink and explain the first failure of each scenario and property, and write a page; time limit for each (default with github and junit: ${SHRINK_BUDGET})`;

/** Null: not at all. Whoever reads annotations or a test view cannot do it himself. */
export async function shrinkBudgetMs(
  option: boolean | string | undefined,
  reporters: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<number | null> {
  const isForCi = environment['GITHUB_ACTIONS'] === 'true' || reporters.some((reporter) => /^(?:github|junit)\b/.test(reporter));
  if (option === false || (option === undefined && !isForCi)) return null;
  return parseTimeMs('--shrink', typeof option === 'string' ? option : SHRINK_BUDGET, 1);
}

/** What it takes is loaded when there is a failure. */
export async function shrinkFailuresIfAny(
  failures: readonly SwarmFailure[],
  budgetMs: number,
  stuckMs: number,
): Promise<readonly SwarmFailure[]> {
  if (failures.length === 0) return failures;
  const { shrinkFailures } = await import('./shrink-failures.ts');
  return shrinkFailures(failures, budgetMs, stuckMs);
}
