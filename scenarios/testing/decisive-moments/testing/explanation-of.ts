/** What is told of a defect's failure, to be compared with the decisive moment that was declared beforehand. */
import type { Inputs } from '../../../../replay/recording.ts';
import type { Explanation, StoryEntry } from '../../../../replay/explain/explanation.ts';
import { explainAtOnce } from '../../../../replay/testing/lease.ts';
import type { RunSpec } from '../../../../sim/index.ts';
import { firstCaught, type DefectInScenario } from '../../../defect-run.ts';
import { defects } from '../../../defects.ts';
import { measuredHunt } from '../../../hunt/measured-hunts.ts';
import { plan, runSpec, type Plan } from '../../../run-spec.ts';
import { shownIn } from '../../../shown-in.ts';
import { shortFailures } from '../../short-failures.ts';
import type { DecisiveMoment } from '../decisive-moment.ts';

/**
 * What happened is told, and nothing is tried without: a run for each thing left out would take most of the time, and shows
 * what matters of what is told already.
 */
const BUDGET = 0;
const SEEDS_MAX = 60;

function firstSeed({ defect, scenario }: DefectInScenario): number {
  return shortFailures[defect.id] ?? measuredHunt(defect.id)?.finds.find((find) => find.scenario === scenario.name)?.seed ?? 1;
}

/** The first failure of a defect, explained as it comes: with all the faults and operations that were drawn. */
export function explanationOf(id: string): { readonly title: string; readonly explanation: Explanation } {
  const defect = defects.find((other) => other.id === id);
  if (defect === undefined) throw new Error(`there is no defect ${id}`);
  const pair = shownIn(defect);
  const first = firstSeed(pair);
  // Mostly it is seen in the first one, and need not be looked for.
  const explanation = explained(pair, first) ?? explained(pair, firstCaught(pair, first + 1, SEEDS_MAX));
  if (explanation === null) throw new Error(`${id} is not caught`);
  return { title: defect.title, explanation };
}

function explained({ defect, scenario, draw = plan }: DefectInScenario, seed: number | null): Explanation | null {
  if (seed === null) return null;
  const drawn = draw({ scenario, seed, design: defect.needs ?? {}, defects: [defect.id] });
  const specOf = (inputs: Inputs): RunSpec => {
    const spec = runSpec(scenario, inputs as Inputs & Plan);
    return { ...spec, properties: spec.properties.filter((property) => property.id === defect.property) };
  };
  const explanation = explainAtOnce({ ...drawn, scenario: scenario.name, userFile: null, interventions: [] }, specOf, {
    budget: BUDGET,
  });
  // A program that threw has failed as well, but of something else.
  return explanation?.violation.property === defect.property ? explanation : null;
}

/** The entries of a story that are its decisive moment. That something failed is no moment of it. */
export function momentIn({ story, violation }: Explanation, { kind, says, failure }: DecisiveMoment): readonly StoryEntry[] {
  const named = failure === undefined ? {} : groupsOf(failure, violation.message);
  if (named === null) throw new Error(`the failure is another one: ${violation.message}`);
  return story.filter(({ type, kind: what, text, notes }) => {
    const said = type !== 'violation' && kind.test(what) ? groupsOf(says, [text, ...notes].join('; ')) : null;
    return (
      said !== null &&
      Object.entries(named).every(
        ([name, words]) =>
          words === undefined || (name in said ? said[name] === undefined || said[name] === words : text.includes(words)),
      )
    );
  });
}

/** Null: it is not said. */
function groupsOf(pattern: RegExp, text: string): Readonly<Record<string, string | undefined>> | null {
  const found = pattern.exec(text);
  return found === null ? null : (found.groups ?? {});
}
