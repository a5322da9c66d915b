import { expect, test } from 'vitest';
import { ms, type Fault, type Run } from '../../../sim/index.ts';
import { raftPropertiesOf } from '../../properties/raft/index.ts';
import type { CounterServerView } from '../testing/counter.ts';
import { linearizableReads, recovers } from '../testing/goals.ts';
import { createRaftRun, leaderProcess, memberName, testDesign } from '../testing/world.ts';

const STRUCK_US = ms(500);

function struck(seed: number, faults: readonly Fault[], defects: readonly string[] = []): Run {
  return createRaftRun({
    seed,
    members: 3,
    faults,
    defects,
    properties: [...raftPropertiesOf(testDesign), linearizableReads, recovers],
  });
}

function leaderOf(run: Run): string | null {
  return leaderProcess([1, 2, 3].map((id) => run.inspect(memberName(id)).program as CounterServerView | null));
}

function advanceTo(run: Run, untilUs: number): void {
  while (run.nowUs < untilUs && run.verdict === null) run.advance(run.step + 1);
}

test('a leader whose disk stands still hands over, or steps down, and its group goes on', () => {
  const stall: Fault = { do: 'stall-disk', target: 'role:raft-leader', at: STRUCK_US, for: ms(1_000) };
  let kept = 0;
  for (let seed = 1; seed <= 10; seed++) {
    const run = struck(seed, [stall]);
    advanceTo(run, STRUCK_US - 1);
    const before = leaderOf(run);
    advanceTo(run, STRUCK_US + ms(500));
    expect([seed, leaderOf(run) === before]).toEqual([seed, false]);
    expect([seed, run.advance(), run.violation]).toEqual([seed, 'ok', null]);

    const stubborn = struck(seed, [stall], ['leads-with-failing-disk']);
    advanceTo(stubborn, STRUCK_US - 1);
    const stays = leaderOf(stubborn);
    advanceTo(stubborn, STRUCK_US + ms(500));
    if (leaderOf(stubborn) === stays) kept++;
  }
  expect(kept).toBe(10);
});

test('a member whose disk does not write ends, whoever it is, and loses nothing that it has promised', () => {
  for (let seed = 1; seed <= 10; seed++) {
    const run = struck(seed, [
      { do: 'fail-writes', target: 'role:raft-leader', at: STRUCK_US, for: ms(120) },
      { do: 'fail-writes', target: memberName(2), at: STRUCK_US + ms(300), for: ms(30) },
      { do: 'crash', target: '*', at: STRUCK_US + ms(600), for: ms(20) },
    ]);
    advanceTo(run, STRUCK_US - 1);
    const before = leaderOf(run);
    const lives = (): number => run.processes.find(({ name }) => name === before)?.incarnation ?? 0;
    expect(lives()).toBe(1);
    advanceTo(run, STRUCK_US + ms(200));
    expect([seed, lives() > 1]).toEqual([seed, true]);
    expect([seed, run.advance(), run.violation]).toEqual([seed, 'ok', null]);
  }
});

test('a leader that cannot read the snapshot that somebody needs gives up the lead', () => {
  let resigned = 0;
  for (let seed = 1; seed <= 10; seed++) {
    const run = struck(seed, [
      { do: 'isolate', target: memberName(3), at: ms(200), for: ms(700) },
      { do: 'fail-reads', target: 'role:raft-leader', at: ms(800), for: ms(800) },
    ]);
    advanceTo(run, ms(850));
    const before = leaderOf(run);
    advanceTo(run, ms(1_400));
    if (leaderOf(run) !== before) resigned++;
    expect([seed, run.advance(), run.violation]).toEqual([seed, 'ok', null]);
  }
  expect(resigned).toBeGreaterThan(5);
});
