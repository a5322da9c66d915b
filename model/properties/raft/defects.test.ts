import { expect, test } from 'vitest';
import { ms, type Property } from '../../../sim/index.ts';
import { raftDefects, raftHostDefects } from '../../raft/index.ts';
import { linearizableReads, membersCatchUp } from '../../raft/testing/goals.ts';
import { huntRun, hunts, isHunted, type Hunt } from '../../raft/testing/hunts.ts';
import { testDesign } from '../../raft/testing/world.ts';
import { raftPropertiesOf } from './index.ts';

const defects = [...raftDefects, ...raftHostDefects].flatMap(({ id, property }) => (isHunted(id) ? [{ id, property }] : []));

function promisesOf({ world }: Hunt): readonly Property[] {
  return [...raftPropertiesOf({ ...testDesign, ...world.design }), linearizableReads, membersCatchUp];
}

test.each(defects.map((defect) => ({ ...defect, seeds: hunts[defect.id].seeds })))(
  '$property catches $id within $seeds seeds, and nothing is caught without it',
  ({ id, property, seeds }) => {
    const promises = promisesOf(hunts[id]);
    const judge = promises.filter((promise) => promise.id === property);
    expect(judge).toHaveLength(1);
    let found = 0;
    for (let seed = 1; seed <= seeds && found === 0; seed++) {
      const run = huntRun(hunts[id], seed, [id], judge);
      run.advance();
      if (run.violation !== null) found = seed;
      const healthy = huntRun(hunts[id], seed, [], promises);
      expect([seed, healthy.advance(), healthy.violation, healthy.failure]).toEqual([seed, 'ok', null, null]);
    }
    expect(found).toBeGreaterThan(0);
  },
);

test.each(defects)('with $id a look at everything finds what monitors find step by step', ({ id }) => {
  const hunt = hunts[id];
  const promises = promisesOf(hunt);
  for (let seed = 1; seed <= 4; seed++) {
    const run = huntRun({ ...hunt, world: { ...hunt.world, healAtUs: ms(500), endUs: ms(600) } }, seed, [id], promises, true);
    run.advance();
    // A run ends in the step of its first violation; what other properties say of that step is their own.
    for (const { property, broken } of run.fullChecks()) {
      if (run.violation === null) expect([seed, property, broken]).toEqual([seed, property, null]);
      else if (run.violation.property === property) expect([seed, property, broken]).not.toEqual([seed, property, null]);
    }
  }
});

test('every defect of Raft is among those that are hunted', () => {
  expect(Object.keys(hunts).toSorted()).toEqual(defects.map(({ id }) => id).toSorted());
});
