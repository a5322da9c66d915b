/** The frozen workload of the whole platform: everything is there, every property is asserted at every step, nothing fails. */
import { steady } from '../../scenarios/catalogue/steady.ts';
import { plan, runSpec } from '../../scenarios/run-spec.ts';
import { createRun, seconds, type Run } from '../../sim/index.ts';

/** Longer than any measurement. */
const END_US = seconds(8 * 3_600);

/** The run of the scenario `steady` with seed 1, at step 0; its operators go on for hours. */
export function platformRun(): Run {
  const scenario = { ...steady, healAtUs: END_US, endUs: END_US + seconds(1) };
  return createRun({ ...runSpec(scenario, plan({ scenario, seed: 1 })), keepHistory: false });
}
