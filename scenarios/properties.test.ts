import { afterEach, expect, test, vi } from 'vitest';
import { Raft } from '../model/raft/core/raft.ts';
import { createRun, ms, Panic, seconds, type Run } from '../sim/index.ts';
import { defineScenario } from './define-scenario.ts';
import { plan, runSpec } from './run-spec.ts';

// Everything else that is asked for after the heal is there long before the time has passed within which a group recovers.
const scenario = defineScenario({
  name: 'short',
  title: 'a member of the store is killed',
  healAtUs: seconds(4),
  endUs: seconds(14),
  faults: [{ at: seconds(3), do: 'kill', target: 'store-east-2', for: ms(100) }],
});

function ended(): Run {
  const run = createRun(runSpec(scenario, plan({ scenario, seed: 1 })));
  run.advance();
  return run;
}

const applyUpTo = Reflect.get(Raft.prototype, 'applyUpTo');

afterEach(() => vi.restoreAllMocks());

test('a platform is not waited for longer than it takes', () => {
  expect(ended().verdict).toBe('ok');
});

test('a member of the store that ends whenever it has read its disk is waited for', () => {
  const first = new Map<number, Raft>();
  vi.spyOn(Raft.prototype, 'applyUpTo').mockImplementation(function (this: Raft, index: number) {
    if (!first.has(this.id)) first.set(this.id, this);
    if (this.id === 2 && first.get(2) !== this) throw new Panic('it cannot recover');
    applyUpTo.call(this, index);
  });
  const { verdict, violation } = ended();
  expect([verdict, violation?.property, violation?.message]).toEqual([
    'stalled',
    'store/members-catch-up',
    'store-east-2 is not up',
  ]);
});

test('a member of the store that applies nothing more is waited for', () => {
  vi.spyOn(Raft.prototype, 'applyUpTo').mockImplementation(function (this: Raft, index: number) {
    applyUpTo.call(this, this.id === 2 ? Math.min(index, 50) : index);
  });
  const { verdict, violation } = ended();
  expect([verdict, violation?.property, violation?.message]).toEqual([
    'stalled',
    'store/members-catch-up',
    expect.stringMatching(/^store-east-2 has applied entry 50 of /),
  ]);
});
