/** Whether, and for how long, a swarm makes its failures small: `--shrink`, `--no-shrink`, or what its reporters are read by. */
import type { SwarmFailure } from '../../scenarios/swarm/swarm-result.ts';
import { parseTime } from '../commands/options.ts';

/** For each failure; its explanation takes about as long again at most. */
export const SHRINK_BUDGET = '60s';

/** Null: not at all. Whoever reads annotations or a test view cannot do it himself. */
export async function shrinkBudgetMs(option: boolean | string | undefined, reporters: readonly string[], environment: NodeJS.ProcessEnv): Promise<number | null> {
  const isForCi = environment['GITHUB_ACTIONS'] === 'true' || reporters.some((reporter) => /^(?:github|junit)\b/.test(reporter));
  if (option === false || (option === undefined && !isForCi)) return null;
  return (await parseTime('--shrink', typeof option === 'string' ? option : SHRINK_BUDGET, 1)) / 1_000;
}

/** What it takes is loaded when there is a failure. */
export async function handOver(failures: readonly SwarmFailure[], budgetMs: number, stuckMs: number): Promise<readonly SwarmFailure[]> {
  if (failures.length === 0) return failures;
  const { handOver: make } = await import('./hand-over.ts');
  return make(failures, budgetMs, stuckMs);
}
