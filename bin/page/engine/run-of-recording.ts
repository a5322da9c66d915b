/** From a recording to what to run: what the command line does with files, done with what the page has in it. */
import { catalogue } from '../../../scenarios/catalogue/index.ts';
import type { Scenario } from '../../../scenarios/define-scenario.ts';
import { runSpec } from '../../../scenarios/run-spec.ts';
import type { RunSpec } from '../../../sim/index.ts';
import type { Recording } from '../../../replay/recording.ts';
import { planOf, recordedScenario } from '../../execution/recorded-scenario.ts';

/** Throws a RangeError when the page's engine has no such scenario. */
export function runOfRecording(recording: Recording): { readonly spec: RunSpec; readonly challenges: string | null } {
  const scenario = scenarioOf(recording);
  return { spec: runSpec(scenario, planOf(recording)), challenges: scenario.challenges ?? null };
}

function scenarioOf({ scenario, userFile }: Recording): Scenario {
  if (userFile !== null) return recordedScenario(scenario, userFile);
  const known = catalogue.find(({ name }) => name === scenario);
  if (known === undefined) throw new RangeError(`no scenario is called "${scenario}"`);
  return known;
}
