/** Explanations held against the decisive moments that were declared beforehand. */
import { describe, expect, test } from 'vitest';
import type { Inputs } from '../../../replay/recording.ts';
import { explainAtOnce } from '../../../replay/testing/lease.ts';
import type { RunSpec } from '../../../sim/index.ts';
import { defects } from '../../defects.ts';
import { firstCaught, type Hunt } from '../../hunt.ts';
import { huntOf, measuredHunt } from '../../hunts.ts';
import { plan, runSpec, type Plan } from '../../run-spec.ts';
import type { DecisiveMoments } from '../decisive-moment.ts';

/** Enough to tell a story by, few enough for a test of many. */
const BUDGET = 24;
const SEEDS_MAX = 40;

/** Declares the tests: each explanation contains the moment, and never says which mistake was made. */
export function holdAgainstExplanations(moments: DecisiveMoments): void {
  describe('an explanation contains the decisive moment, and never names the defect:', () => {
    test.each(Object.entries(moments))('%s', (id, { kind, says }) => {
      const { title, explanation } = explanationOf(id);
      expect(explanation.story.filter((entry) => kind.test(entry.kind) && says.test(entry.text))).not.toEqual([]);
      const everything = JSON.stringify(explanation);
      expect(everything).not.toContain(id);
      expect(everything).not.toContain(title);
    });
  });
}

/** Where a hunt has found it, if that was where it is hunted here. */
function firstSeed({ defect, scenario }: Hunt): number {
  return measuredHunt(defect.id)?.finds.find((find) => find.scenario === scenario.name)?.seed ?? 1;
}

/** The first failure of a defect, explained as it comes: with all the faults and operations that were drawn. */
function explanationOf(id: string): { readonly title: string; readonly explanation: NonNullable<ReturnType<typeof explainAtOnce>> } {
  const defect = defects.find((other) => other.id === id);
  if (defect === undefined) throw new Error(`there is no defect ${id}`);
  const hunt = huntOf(defect);
  const { scenario, draw = plan } = hunt;
  const seed = firstCaught(hunt, firstSeed(hunt), SEEDS_MAX);
  if (seed === null) throw new Error(`${id} is not caught`);
  const drawn = draw({ scenario, seed, design: defect.needs ?? {}, defects: [id] });
  const specOf = (inputs: Inputs): RunSpec => {
    const spec = runSpec(scenario, inputs as Inputs & Plan);
    return { ...spec, properties: spec.properties.filter((property) => property.id === defect.property) };
  };
  const explanation = explainAtOnce({ ...drawn, scenario: scenario.name, userFile: null, interventions: [] }, specOf, { budget: BUDGET });
  if (explanation === null) throw new Error(`${id} does not fail`);
  return { title: defect.title, explanation };
}
