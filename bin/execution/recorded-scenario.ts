/** What a recording says of its run, without any file of the user's: a plan, and a scenario to run it in. */
import type { Inputs, UserFile } from '../../replay/recording.ts';
import { defineScenario, type Scenario } from '../../scenarios/define-scenario.ts';
import type { Plan } from '../../scenarios/run-spec.ts';

/** The plan in a recording. The model's own data comes back as it was written: the recording's hashes vouch for it. */
export function planOf(recording: Inputs): Plan {
  return recording as Inputs & Plan;
}

/** A declarative scenario whose file is not needed any more. Times and all else come from the plan. */
export function recordedScenario(name: string, userFile: UserFile): Scenario {
  return defineScenario({ name, title: `recorded from ${userFile.path}`, healAtUs: 0, endUs: 1 });
}
