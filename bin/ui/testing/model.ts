/** Models of small runs, for tests of the terminal UI. */
import type { RunSpec } from '../../../sim/index.ts';
import { createSeeker } from '../../../replay/index.ts';
import { Details } from '../details.ts';
import { createModel, type Model } from '../model.ts';
import { Survey } from '../survey.ts';

/** A model of a run, surveyed to its end. */
export function surveyedModel(spec: RunSpec): Model {
  const model = startedModel(spec);
  while (!model.survey.advance(10_000));
  return model;
}

/** A model of a run of which nothing is known yet. */
export function startedModel(spec: RunSpec): Model {
  const session = {
    scenario: 'ping-pong',
    seed: spec.seed,
    defects: [],
    reproduce: (event: number) => `quorate step ping-pong --seed ${spec.seed} --at ${event}`,
  };
  return createModel(session, new Survey(spec), new Details(spec, createSeeker(spec)));
}
