/** The frozen workload of the whole platform: everything is there, every property is asserted at every step, nothing fails. */
import { steady } from '../../scenarios/catalogue/steady.ts';
import { plan, runSpec } from '../../scenarios/run-spec.ts';
import { createRun, seconds, type Run } from '../../sim/index.ts';

/** Longer than any measurement. */
const END_US = seconds(8 * 3_600);
/** Fifteen million events; of what operators would do later nothing is kept, so that it does not count as memory of the run. */
const OPERATORS_UNTIL_US = seconds(2 * 3_600);

/** The run of the scenario `steady` with seed 1, at step 0; its operators go on for hours. */
export function platformRun(): Run {
  const scenario = { ...steady, healAtUs: END_US, endUs: END_US + seconds(1) };
  const drawn = plan({ scenario, seed: 1 });
  const workload = drawn.workload.filter(({ at }) => at < OPERATORS_UNTIL_US);
  return createRun({ ...runSpec(scenario, { ...drawn, workload }), keepHistory: false });
}
