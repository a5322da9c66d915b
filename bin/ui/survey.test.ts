import { expect, test } from 'vitest';
import { createRun } from '../../sim/index.ts';
import { Survey } from './survey.ts';
import { pingPong } from './testing/ping-pong.ts';
import { surveyedModel } from './testing/model.ts';

test('a survey in slices comes to the digest and verdict of a run in one go', () => {
  const run = createRun(pingPong(7));
  run.advance();
  const survey = new Survey(pingPong(7));
  let slices = 0;
  while (!survey.advance(10)) slices++;
  expect(slices).toBeGreaterThan(10);
  expect(survey.end).toMatchObject({ verdict: run.verdict, digest: run.digest, violation: run.violation, last: run.step });
});

test('a cause comes before its effects, and the chain of a pong leads to the round that asked for it', () => {
  const { survey } = surveyedModel(pingPong(7));
  const { trace } = survey;
  for (let event = 1; event <= trace.length; event++) {
    expect(trace.causeOf(event)).toBeLessThan(event);
    for (const effect of trace.effectsOf(event, 10)) expect(trace.causeOf(effect)).toBe(event);
  }
  const pong = Array.from({ length: trace.length }, (_, at) => trace.event(at + 1)).find(({ words }) => words === 'pong 3');
  const kinds: string[] = [];
  for (let at = pong?.cause ?? 0; at > 0 && kinds.length < 3; at = trace.causeOf(at)) kinds.push(trace.kindOf(at));
  expect(kinds).toEqual(['disk/done', 'ring/ping', 'ring/turn']);
});

test('faults are seen from their first to their last event, and what they do to processes between', () => {
  const { survey } = surveyedModel(pingPong(7));
  const [pause, isolate, crash] = survey.faults;
  expect(survey.faults.map(({ fault }) => fault.do)).toEqual(['pause', 'isolate', 'crash', 'duplicate']);
  expect(survey.trace.timeOf(pause?.first ?? 0)).toBe(500_000);
  expect(survey.trace.timeOf(pause?.last ?? 0)).toBe(750_000);
  expect(survey.standing(2, pause?.first ?? 0)).toBe('paused');
  expect(survey.standing(2, pause?.last ?? 0)).toBe('up');
  expect(survey.standing(1, isolate?.first ?? 0)).toBe('struck');
  expect(survey.standing(2, crash?.first ?? 0)).toBe('down');
  expect([pause?.column, isolate?.column]).toEqual([0, 1]);
});

test('goals are pending from the heal until they are reached', () => {
  const { survey } = surveyedModel({ ...pingPong(7, false), healAtUs: 2_000_000 });
  expect(survey.end?.verdict).toBe('ok');
  const changes = survey.goals.get('ring/both-answer') ?? [];
  expect(changes[0]?.is).toMatch(/^only \d+ of 30 answers$/);
  expect(changes.at(-1)?.is).toBeNull();
  expect(survey.hits.get('ring/peer-was-down')).toBe(survey.faults.find(({ fault }) => fault.do === 'crash')?.first);
});

test('words and descriptions that throw do not end the survey', () => {
  const spec = pingPong(7);
  const survey = new Survey({
    ...spec,
    build: (world) => {
      spec.build(world);
      world.process({
        name: 'odd',
        region: 'east',
        boot: (os) => ({ start: () => os.send('odd', { ...oddKind, name: 'odd/kind' }, null) }),
      });
    },
  });
  while (!survey.advance(10_000));
  expect(
    survey.trace.wordsOf(
      Array.from({ length: 20 }, (_, at) => at + 1).find((event) => survey.trace.kindOf(event) === 'odd/kind') ?? 0,
    ),
  ).toBe('odd/kind (its description threw: no words)');
});

const oddKind = {
  code: 1,
  serviceUs: 1,
  sizeBytes: () => 1,
  digest: () => undefined,
  describe: () => {
    throw new Error('no words');
  },
};
