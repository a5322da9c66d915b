import { expect, test } from 'vitest';
import { ms, type Property } from '../../../sim/index.ts';
import { raftDefects, raftHostDefects } from '../../raft/index.ts';
import { linearizableReads, membersCatchUp } from '../../raft/testing/goals.ts';
import { defectWorlds, hasWorld, runInWorld, type DefectWorld } from '../../raft/testing/defect-worlds.ts';
import { testDesign } from '../../raft/testing/world.ts';
import { raftPropertiesOf } from './index.ts';

const defects = [...raftDefects, ...raftHostDefects].flatMap(({ id, property }) => (hasWorld(id) ? [{ id, property }] : []));

function promisesOf({ world }: DefectWorld): readonly Property[] {
  return [...raftPropertiesOf({ ...testDesign, ...world.design }), linearizableReads, membersCatchUp];
}

test.each(defects.map((defect) => ({ ...defect, seeds: defectWorlds[defect.id].seeds })))(
  '$property catches $id within $seeds seeds, and nothing is caught without it',
  ({ id, property, seeds }) => {
    const promises = promisesOf(defectWorlds[id]);
    const judge = promises.filter((promise) => promise.id === property);
    expect(judge).toHaveLength(1);
    let found = 0;
    for (let seed = 1; seed <= seeds && found === 0; seed++) {
      const run = runInWorld(defectWorlds[id], seed, [id], judge);
      run.advance();
      if (run.violation !== null) found = seed;
      const healthy = runInWorld(defectWorlds[id], seed, [], promises);
      expect([seed, healthy.advance(), healthy.violation, healthy.failure]).toEqual([seed, 'ok', null, null]);
    }
    expect(found).toBeGreaterThan(0);
  },
);

test.each(defects)('with $id a look at everything finds what monitors find step by step', ({ id }) => {
  const of = defectWorlds[id];
  const promises = promisesOf(of);
  for (let seed = 1; seed <= 4; seed++) {
    const run = runInWorld({ ...of, world: { ...of.world, healAtUs: ms(500), endUs: ms(600) } }, seed, [id], promises, true);
    run.advance();
    // A run ends in the step of its first violation; what other properties say of that step is their own.
    for (const { property, broken } of run.fullChecks()) {
      if (run.violation === null) expect([seed, property, broken]).toEqual([seed, property, null]);
      else if (run.violation.property === property) expect([seed, property, broken]).not.toEqual([seed, property, null]);
    }
  }
});

test('every defect of Raft has a world in which it is found, unless a script shows it', () => {
  expect(Object.keys(defectWorlds).toSorted()).toEqual(defects.map(({ id }) => id).toSorted());
});
