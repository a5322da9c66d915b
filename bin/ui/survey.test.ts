import { expect, test } from 'vitest';
import { createRun, ms, type Fault, type RunSpec } from '../../sim/index.ts';
import { faultsPane, faultWords, stageOf } from './faults-pane.ts';
import { header } from './header.ts';
import { plain } from './line.ts';
import { sentence } from './model.ts';
import { reduce } from './reduce.ts';
import { Survey } from './survey.ts';
import { surveyedModel } from './testing/model.ts';
import { pingPong } from './testing/ping-pong.ts';
import { bandColumns } from './timeline-row.ts';
import { initialViewState } from './view-state.ts';

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

/** The small world with roles that faults can name, and these faults. */
function withRoles(faults: RunSpec['faults']): RunSpec {
  const spec = pingPong(7, false);
  return {
    ...spec,
    faults,
    properties: [],
    build: (world) => {
      spec.build(world);
      world.role('pinger', () => 'n1');
      world.role('vacant', () => null);
    },
  };
}

const lasting = { at: ms(500), for: ms(250) } as const;

test('a fault that names a role tells whom it struck, wherever it is shown', () => {
  const model = surveyedModel(
    withRoles([
      { ...lasting, do: 'pause', target: 'role:pinger' },
      { ...lasting, at: ms(600), do: 'delay', from: 'n*', to: 'role:pinger', byUs: 1_000 },
    ]),
  );
  const [pause, delay] = model.survey.faults;
  if (pause === undefined || delay === undefined) throw new Error('no fault has begun');
  expect([pause.players, delay.players]).toEqual([['n1'], ['n1']]);
  expect(pause.struck).toEqual([0]);
  expect(sentence(model, model.survey.trace.event(pause.first))).toBe('pause n1 for 0.25 s (role:pinger)');
  expect(sentence(model, model.survey.trace.event(pause.last ?? 0))).toBe('over: pause n1 for 0.25 s (role:pinger)');
  expect(faultWords(model, pause.fault, pause.first - 1)).toBe('pause role:pinger for 0.25 s');
  expect(faultWords(model, pause.fault, pause.first)).toBe('pause n1 for 0.25 s (role:pinger)');
});

test.each<Fault>([
  { ...lasting, do: 'pause', target: 'role:vacant' },
  { ...lasting, do: 'lose', from: 'role:vacant', to: '*', percent: 30 },
  { ...lasting, do: 'partition', from: 'n1', to: 'role:vacant' },
  { ...lasting, do: 'partition', from: 'role:pinger', to: 'role:vacant' },
])('$do of nobody strikes nobody, and is no fault now', (fault) => {
  const model = surveyedModel(withRoles([fault]));
  const [span] = model.survey.faults;
  if (span === undefined) throw new Error('no fault has begun');
  expect(span).toMatchObject({ struck: [], column: -1 });
  expect(bandColumns(model.survey)).toBe(0);
  expect(model.survey.processes.map((_process, at) => model.survey.standing(at, span.first))).toEqual(['up', 'up', 'up']);
  expect(stageOf(model, fault, span.first)).toBe('over');
  expect(faultWords(model, fault, span.first)).toMatch(/^strikes nobody: /);
  expect(sentence(model, model.survey.trace.event(span.first))).toMatch(/^strikes nobody: /);
  const shown = header({ ...initialViewState(80, 24), cursor: span.first }, model, 3).map(plain);
  expect(shown[1]).toContain('no fault now');
  expect(shown[2]).not.toContain('▒');
});

test.each<[string, readonly string[], Fault]>([
  ['a delay', ['up', 'struck', 'struck'], { ...lasting, do: 'delay', from: 'n2', to: 'n3', byUs: 1_000 }],
  ['a loss', ['struck', 'struck', 'up'], { ...lasting, do: 'lose', from: 'n1', to: 'n2', percent: 10 }],
  ['a loss of one kind', ['struck', 'struck', 'up'], { ...lasting, do: 'lose', from: 'n1', to: 'n2', percent: 10, kind: 'ring' }],
  ['duplication', ['struck', 'struck', 'up'], { ...lasting, do: 'duplicate', from: 'n1', to: 'n2', percent: 10 }],
  ['a clock that drifts', ['up', 'up', 'struck'], { ...lasting, do: 'drift-clock', target: 'n3', ppm: 200 }],
  ['a partition before anybody spoke', ['up', 'struck', 'struck'], { ...lasting, do: 'partition', from: 'n2', to: 'n3' }],
  ['isolation', ['up', 'struck', 'up'], { ...lasting, do: 'isolate', target: 'n2' }],
])('%s weighs on those whom it names, as long as it lasts', (_name, standings, fault) => {
  const { survey } = surveyedModel(withRoles([fault]));
  const [{ first, last } = { first: 0, last: null }] = survey.faults;
  expect(survey.processes.map((_process, at) => survey.standing(at, first))).toEqual(standings);
  expect(survey.processes.map((_process, at) => survey.standing(at, last ?? 0))).toEqual(['up', 'up', 'up']);
});

test('the faults pane is in order of time, and Enter goes to the fault of its row', () => {
  const model = surveyedModel(
    withRoles([
      { ...lasting, at: ms(900), do: 'pause', target: 'n3' },
      { ...lasting, do: 'pause', target: 'n2' },
    ]),
  );
  expect(faultsPane(initialViewState(80, 24), model, 60, 5).map(plain)).toEqual([
    '· 0.5 s pause n2 for 0.25 s',
    '· 0.9 s pause n3 for 0.25 s',
  ]);
  const keys = ['5', 'j', 'enter'];
  const at = keys.reduce((state, key) => reduce(state, { type: 'key', key }, model), initialViewState(80, 24)).cursor;
  expect(model.survey.trace.wordsOf(at)).toContain('pause n3');
});
