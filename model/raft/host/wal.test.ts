import { expect, test } from 'vitest';
import { ms, seconds, type Fault, type Micros, type Os, type Run } from '../../../sim/index.ts';
import { tinyRun } from '../../../sim/testing/tiny-world.ts';
import { raftProperties } from '../../properties/raft/index.ts';
import { createConfiguration } from '../core/configuration.ts';
import type { Entry } from '../core/entry.ts';
import type { Recovered } from '../core/options.ts';
import type { Ready } from '../core/ready.ts';
import type { CounterServerView } from '../testing/counter.ts';
import { linearizableReads, recovers } from '../testing/goals.ts';
import { createRaftRun, memberName } from '../testing/world.ts';
import { Wal } from './wal.ts';

const HEAL_US = ms(900);

function smallRun(members: number, faults: readonly Fault[]): Run {
  return createRaftRun({
    seed: 5,
    members,
    clients: 4,
    commandBytes: 300,
    faults,
    healAtUs: HEAL_US,
    endUs: ms(2_500),
    properties: [...raftProperties(), linearizableReads, recovers],
    design: { snapshotEveryEntries: 12, entriesBehindSnapshot: 3 },
  });
}

/** When the disk of a member has completed something, with what. */
function diskOperations(run: Run, member: string, fromUs: Micros): { readonly atUs: Micros; readonly what: string }[] {
  const operations: { atUs: Micros; what: string }[] = [];
  run.observe({
    stepped: ({ kind, target, body, timeUs }) => {
      if (kind.name === 'disk/done' && target?.name === member && timeUs >= fromUs && timeUs < HEAL_US - ms(200))
        operations.push({ atUs: timeUs, what: String(body) });
    },
  });
  expect(run.advance()).toBe('ok');
  return operations;
}

test('alone, a member that loses power after any of its disk operations loses nothing that it acknowledged', () => {
  const operations = diskOperations(smallRun(1, []), memberName(1), ms(50));
  expect(new Set(operations.map(({ what }) => what))).toEqual(new Set(['fsync', 'replace', 'remove']));
  for (const [at, { atUs }] of operations.entries()) {
    // Right after it, and after what the member made of it.
    for (const laterUs of at % 4 === 0 ? [0, 20] : [5]) {
      const run = smallRun(1, [{ do: 'crash', target: memberName(1), at: atUs + laterUs, for: ms(10) }]);
      expect([atUs, run.advance(), run.violation, run.failure]).toEqual([atUs, 'ok', null, null]);
    }
  }
});

test('a member that loses power after any disk operation of receiving a snapshot starts again', () => {
  const away: Fault = { do: 'isolate', target: memberName(3), at: ms(100), for: ms(250) };
  const operations = diskOperations(smallRun(3, [away]), memberName(3), ms(350));
  for (const { atUs } of operations.slice(0, 40)) {
    const run = smallRun(3, [away, { do: 'crash', target: memberName(3), at: atUs + 5, for: ms(10) }]);
    expect([atUs, run.advance(), run.violation, run.failure]).toEqual([atUs, 'ok', null, null]);
  }
});

test('segments come and go: a log holds what follows the newest snapshot, and little more', () => {
  const run = smallRun(3, []);
  let removed = 0;
  run.observe({ stepped: ({ kind, body }) => void (kind.name === 'disk/done' && body === 'remove' && removed++) });
  expect(run.advance()).toBe('ok');
  const { wal, raft } = run.inspect(memberName(1)).program as CounterServerView;
  expect(removed).toBeGreaterThan(10);
  expect(wal.segments.length).toBeLessThanOrEqual(6);
  expect(wal.lastIndex).toBe(raft?.lastIndex);
});

const entry = (index: number, change: Entry['change'] = null): Entry => ({
  index,
  term: 1,
  data: null,
  bytes: 100,
  hash: index,
  change,
});
const removal = entry(1, { transition: 'auto', changes: [{ change: 'remove', member: 2 }] });

const nothing: Ready = {
  sequence: 1,
  hardState: null,
  snapshot: null,
  entries: [],
  mustSync: false,
  messages: [],
  messagesAfterSync: [],
  committed: [],
  readStates: [],
};
const appended: Ready = { ...nothing, hardState: { term: 1, vote: 1, commit: 0 }, entries: [removal], mustSync: true };
const committed: Ready = { ...nothing, hardState: { term: 1, vote: 1, commit: 1 }, committed: [removal] };
/** The commit was heard of while the entry was being written. */
const committedBefore: readonly Ready[] = [
  { ...committed, committed: [] },
  { ...committed, hardState: null },
];

/** Writes a change of membership to a log, then that it is committed. What each later incarnation reads, and when that was. */
function committedChange(
  segmentBytes: number,
  commits: readonly Ready[],
  faults: readonly Fault[],
  seed = 1,
): { readonly read: Recovered[]; readonly committedUs: Micros; readonly segments: number } {
  const read: Recovered[] = [];
  let committedUs = 0;
  let segments = 0;
  const member = (os: Os): { start: () => void } => {
    const wal: Wal = new Wal(
      os,
      { segmentBytes, defects: new Set() },
      {
        blank: () => wal.create(1, createConfiguration([1, 2])),
        recovered(_member, recovered) {
          if (os.incarnation > 1) read.push(recovered);
          else wal.write(appended);
          wal.flush();
        },
        durable(ready) {
          if (ready !== appended) return;
          committedUs = os.monotonicUs();
          for (const commit of commits) wal.write(commit);
        },
        snapshotSaved: () => undefined,
        idle() {
          wal.flush();
          segments = wal.inspect().segments.length;
        },
      },
    );
    return { start: () => wal.recover() };
  };
  const run = tinyRun({ seed, programs: { member }, faults, healAtUs: ms(100), endUs: seconds(1) });
  expect([run.advance(), run.failure]).toEqual(['ok', null]);
  return { read, committedUs, segments };
}

/** The entry leaves the segment with room; leaves room for a commit index, which fills it; fills it. */
const segmentSizes = [1_000, 200, 150];

test.each(segmentSizes)('in segments of %i bytes a kill takes no commit of a change of membership', (segmentBytes) => {
  for (const commits of [[committed], committedBefore]) {
    const { committedUs } = committedChange(segmentBytes, commits, []);
    for (const laterUs of [10, 500, 1_500, 5_000]) {
      const killed: Fault = { do: 'kill', target: 'member', at: committedUs + laterUs, for: ms(10) };
      const { read } = committedChange(segmentBytes, commits, [killed]);
      expect([laterUs, read.map(({ hardState }) => hardState?.commit)]).toEqual([laterUs, [1]]);
    }
  }
});

test('a segment that is full with a commit that was not synced is synced before the next one: a loss of power leaves no gap', () => {
  for (const segmentBytes of segmentSizes.slice(1)) {
    for (let seed = 1; seed <= 10; seed++) {
      const { committedUs, segments } = committedChange(segmentBytes, [committed], [], seed);
      expect(segments).toBe(2);
      for (let laterUs = 10; laterUs < 6_000; laterUs += 250) {
        const crash: Fault = { do: 'crash', target: 'member', at: committedUs + laterUs, for: ms(10) };
        const { read } = committedChange(segmentBytes, [committed], [crash], seed);
        expect([seed, laterUs, read.map(({ entries }) => entries.length)]).toEqual([seed, laterUs, [1]]);
      }
    }
  }
});
