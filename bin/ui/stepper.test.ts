import { expect, test } from 'vitest';
import { createSeeker } from '../../replay/index.ts';
import { seconds } from '../../sim/index.ts';
import { header } from './header.ts';
import { plain } from './line.ts';
import { Stepper } from './stepper.ts';
import { startedModel } from './testing/model.ts';
import { pingPong } from './testing/ping-pong.ts';
import { initialViewState } from './view-state.ts';

test('while the run is ahead, the screen shows how far it has come, and the filter what it lets through', async () => {
  const spec = { ...pingPong(7, false), healAtUs: seconds(900), endUs: seconds(901) };
  const model = startedModel(spec);
  const stepper = new Stepper(initialViewState(110, 34), model, createSeeker(spec));
  model.survey.advance(20);
  for (const key of ['&', 'p', 'o', 'n', 'g', 'enter']) stepper.dispatch({ type: 'key', key });
  const told: string[] = [];
  const matching: number[] = [];
  await new Promise<void>((resolve) => {
    stepper.subscribe(() => {
      told.push(plain(header(stepper.state, model, 3)[1] ?? []));
      matching.push(stepper.state.filter?.events.length ?? 0);
      if (model.survey.end !== null) resolve();
    });
    stepper.start();
  });
  stepper.stop();
  const ahead = told.filter((text) => /running ahead: \d+\.\d+ s, \d+ events/.test(text));
  expect(ahead.length).toBeGreaterThan(0);
  expect(new Set(ahead).size).toBe(ahead.length);
  expect(matching[0]).toBeLessThan(matching.at(-1) ?? 0);
  const { trace } = model.survey;
  const pongs = Array.from({ length: trace.length }, (_, at) => at + 1).filter((event) =>
    /pong/.test(trace.wordsOf(event) + trace.kindOf(event)),
  );
  expect(stepper.state.filter?.events).toEqual(pongs);
}, 20_000);
