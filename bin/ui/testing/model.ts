/** Models of small runs, for tests of the terminal UI. */
import type { RunSpec } from '../../../sim/index.ts';
import { createSeeker } from '../../../replay/index.ts';
import { Details } from '../details.ts';
import { createModel, type Model, type Session } from '../model.ts';
import { Survey } from '../survey.ts';

/** A model of a run, surveyed to its end. */
export function surveyedModel(spec: RunSpec, session: Partial<Session> = {}): Model {
  const model = startedModel(spec, session);
  while (!model.survey.advance(10_000));
  return model;
}

/** A model of a run of which nothing is known yet. */
export function startedModel(spec: RunSpec, given: Partial<Session> = {}): Model {
  const session: Session = {
    scenario: 'ping-pong',
    seed: spec.seed,
    defects: [],
    challenges: null,
    note: null,
    reproduce: (event: number) => `quorate step ping-pong --seed ${spec.seed} --at ${event}`,
    ...given,
  };
  return createModel(session, new Survey(spec), new Details(spec, createSeeker(spec)));
}
