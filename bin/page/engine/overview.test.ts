import { expect, test } from 'vitest';
import type { Verification } from '../../../replay/verify.ts';
import { ms, type RunSpec } from '../../../sim/index.ts';
import { surveyedModel } from '../../ui/testing/model.ts';
import { pingPong } from '../../ui/testing/ping-pong.ts';
import { frameOf } from './frame.ts';
import { overviewOf } from './overview.ts';

const spec = pingPong(7, false);
const lasting = { at: ms(500), for: ms(250), do: 'pause' } as const;
const withRoles: RunSpec = {
  ...spec,
  faults: [
    { ...lasting, at: ms(900), target: 'role:vacant' },
    { ...lasting, target: 'role:pinger' },
  ],
  build: (world) => {
    spec.build(world);
    world.role('pinger', () => 'n1');
    world.role('vacant', () => null);
  },
};
const verified: Verification = { identical: true, digest: '', steps: 0, firstDifference: null };

test('a fault that names a role tells whom it struck; one that strikes nobody is a moment and has no bar', () => {
  const model = surveyedModel(withRoles);
  const { faults, moments } = overviewOf(model, verified, []);
  expect(faults.map(({ words }) => words)).toEqual(['pause n1 for 0.25 s (role:pinger)']);
  expect(moments.filter(({ sort }) => sort === 'fault').map(({ words }) => words)).toEqual([
    'pause n1 for 0.25 s (role:pinger)',
    'over: pause n1 for 0.25 s (role:pinger)',
    'strikes nobody: pause role:vacant for 0.25 s',
  ]);
  const [pause, vacant] = frameOf(model, { event: model.survey.healed, pinned: null, rows: 5 }, true).faults;
  expect([pause, vacant]).toMatchObject([
    { atUs: ms(500), stage: 'over', words: 'pause n1 for 0.25 s (role:pinger)' },
    { atUs: ms(900), stage: 'over', words: 'strikes nobody: pause role:vacant for 0.25 s' },
  ]);
});

test('the end of a run in which a goal was not reached is told by what it waits for, and not by its causes', () => {
  const model = surveyedModel({ ...spec, healAtUs: ms(2_000), endUs: ms(2_400) });
  const { stalledSince, violationEvent } = model.survey;
  const { detail } = frameOf(model, { event: violationEvent, pinned: null, rows: 5 }, true);
  expect(stalledSince).toBeLessThan(violationEvent);
  expect(detail?.because).toBe('unchanged since');
  expect(detail?.causes.map(({ event }) => event)).toEqual([stalledSince]);
});
