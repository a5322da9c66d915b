import { afterEach, expect, test, vi } from 'vitest';
import { ms, Panic, type Fault, type Property } from '../../../sim/index.ts';
import { Raft } from '../../raft/core/raft.ts';
import { raftDefects, raftHostDefects } from '../../raft/index.ts';
import { linearizableReads, membersCatchUp } from '../../raft/testing/goals.ts';
import { defectWorlds, hasWorld, runInWorld, type DefectWorld } from '../../raft/testing/defect-worlds.ts';
import { createRaftRun, memberName, testDesign } from '../../raft/testing/world.ts';
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

// ── no switch of the model's: what only a broken program does ────────────────────────────────────────────────────────

afterEach(() => vi.restoreAllMocks());

const applyUpTo = Reflect.get(Raft.prototype, 'applyUpTo');

/** These panic whenever they have read their disks, but for the first time. */
function endOnRecovery(members: readonly number[]): void {
  const first = new Map<number, Raft>();
  vi.spyOn(Raft.prototype, 'applyUpTo').mockImplementation(function (this: Raft, index: number) {
    if (!first.has(this.id)) first.set(this.id, this);
    if (members.includes(this.id) && first.get(this.id) !== this) throw new Panic('it cannot recover');
    applyUpTo.call(this, index);
  });
}

function brokenRun(seed: number, faults: readonly Fault[]): { readonly verdict: string | null; readonly message: string } {
  const judge = raftPropertiesOf(testDesign).filter(({ id }) => id === 'raft/availability');
  const run = createRaftRun({ seed, faults, properties: judge });
  return { verdict: run.advance(), message: run.violation?.message ?? '' };
}

const killed = (member: number): Fault => ({ do: 'kill', target: memberName(member), at: ms(900), for: ms(20) });

test.each([[[2]], [[2, 3]]])('members %j that end at every start with nothing in their way are not available', (members) => {
  for (let seed = 1; seed <= 3; seed++) {
    endOnRecovery(members);
    const { verdict, message } = brokenRun(seed, members.map(killed));
    expect([seed, verdict]).toEqual([seed, 'violation']);
    expect(message).toMatch(members.length === 1 ? /^member-2 does not go on running/ : /no leader is answered by a majority/);
    vi.restoreAllMocks();
    expect(brokenRun(seed, members.map(killed)).verdict).toBe('ok');
  }
});

test('a member that has all entries and applies no more of them does not keep up', () => {
  vi.spyOn(Raft.prototype, 'applyUpTo').mockImplementation(function (this: Raft, index: number) {
    applyUpTo.call(this, this.id === 2 ? Math.min(index, 30) : index);
  });
  for (let seed = 1; seed <= 3; seed++) {
    const { verdict, message } = brokenRun(seed, []);
    expect([seed, verdict]).toEqual([seed, 'violation']);
    expect(message).toMatch(/^member-2 has not applied entry/);
  }
});
