import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ms } from '../../../sim/index.ts';
import { raftPropertiesOf } from '../../properties/raft/index.ts';
import { createConfiguration } from '../core/configuration.ts';
import { createMessage, MessageType, type Message } from '../core/message.ts';
import { SnapshotReceiver, SnapshotSender, type SnapshotChunk } from './snapshot-transfer.ts';
import { linearizableReads, recovers } from '../testing/goals.ts';
import { createRaftRun, memberName, testDesign } from '../testing/world.ts';

function snapshotMessage(index: number, bytes: number, term = 1): Message {
  const snapshot = { index, term, configuration: createConfiguration([1, 2]), members: [], state: null, bytes, hash: 1 };
  return createMessage(MessageType.snapshot, 1, 2, term, 0, 0, 0, false, 0, 0, 0, [], snapshot);
}

function harness(chunkBytes: number): {
  readonly sender: SnapshotSender;
  readonly sent: SnapshotChunk[];
  readonly reports: [number, boolean][];
} {
  const sent: SnapshotChunk[] = [];
  const reports: [number, boolean][] = [];
  const host = {
    send: (_to: number, _kind: unknown, body: unknown) => void sent.push(body as SnapshotChunk),
    report: (to: number, ok: boolean) => void reports.push([to, ok]),
  };
  return { sender: new SnapshotSender(host, chunkBytes, 7, 0), sent, reports };
}

const KIB = 1024;

test('a window of chunks is under way, and what was answered makes room for as much', () => {
  const { sender, sent, reports } = harness(10 * KIB);
  const receiver = new SnapshotReceiver();
  sender.begin(snapshotMessage(9, 65 * KIB));
  const offsets = (): number[] => sent.map(({ offset }) => offset / KIB);
  expect(offsets()).toEqual([0, 10, 20, 30]);
  for (let turn = 0; turn < 7; turn++) sender.answered({ from: 2, term: 1, transfer: 1, offset: receiver.take(sent[turn]!) });
  expect([offsets(), sent.at(-1)!.bytes]).toEqual([[0, 10, 20, 30, 40, 50, 60], 5 * KIB]);
  expect([reports, sender.active]).toEqual([[[2, true]], 0]);
});

test('chunks as large as the window go one by one', () => {
  const { sender, sent, reports } = harness(100 * KIB);
  const receiver = new SnapshotReceiver();
  sender.begin(snapshotMessage(9, 250 * KIB));
  for (let turn = 0; turn < 3; turn++) {
    expect(sent).toHaveLength(turn + 1);
    sender.answered({ from: 2, term: 1, transfer: 1, offset: receiver.take(sent[turn]!) });
  }
  expect(sent.map(({ offset, bytes }) => [offset / KIB, bytes / KIB])).toEqual([
    [0, 100],
    [100, 100],
    [200, 50],
  ]);
  expect(reports).toEqual([[2, true]]);
});

test('chunks come in any order and any number of times, and so do the answers', () => {
  const moves = fc.array(fc.record({ do: fc.constantFrom('take', 'answer', 'tick'), which: fc.nat() }), { maxLength: 400 });
  fc.assert(
    fc.property(moves, fc.integer({ min: 1, max: 90 * KIB }), (all, bytes) => {
      const { sender, sent, reports } = harness(7 * KIB);
      const receiver = new SnapshotReceiver();
      const answers: number[] = [];
      const taken = new Set<number>();
      const take = (at: number): void => {
        taken.add(sent[at]!.offset);
        answers.push(receiver.take(sent[at]!));
      };
      const answer = (at: number): void => sender.answered({ from: 2, term: 1, transfer: 1, offset: answers[at]! });
      sender.begin(snapshotMessage(9, bytes));
      for (const { do: what, which } of all) {
        if (what === 'take') take(which % sent.length);
        else if (what === 'tick') sender.tick();
        else if (answers.length > 0) answer(which % answers.length);
      }
      if (reports.length === 0) {
        for (let at = 0; at < sent.length; at++) {
          take(at);
          answer(answers.length - 1);
        }
      }
      const arrived = taken.size === Math.ceil(bytes / (7 * KIB));
      expect(reports).toHaveLength(1);
      expect(sender.active).toBe(0);
      if (reports[0]![1]) expect([arrived, Math.max(...answers)]).toEqual([true, bytes]);
    }),
  );
});

test('what is lost is sent again, with what followed it; a silent receiver is reported', () => {
  const { sender, sent, reports } = harness(10 * KIB);
  const receiver = new SnapshotReceiver();
  sender.begin(snapshotMessage(9, 65 * KIB));
  expect([receiver.take(sent[0]!), receiver.take(sent[0]!), receiver.take(sent[2]!)]).toEqual([10 * KIB, 10 * KIB, 10 * KIB]);
  for (let times = 0; times < 3; times++) sender.answered({ from: 2, term: 1, transfer: 1, offset: 10 * KIB });
  expect(sent.slice(4).map(({ offset }) => offset / KIB)).toEqual([40]);
  for (let tick = 0; tick < 3; tick++) sender.tick();
  expect(sent.slice(5).map(({ offset }) => offset / KIB)).toEqual([10, 20, 30, 40]);
  // The third is there already.
  expect(receiver.take(sent[5]!)).toBe(30 * KIB);
  for (let tick = 0; tick < 4; tick++) sender.tick();
  expect([reports, sender.active]).toEqual([[[2, false]], 0]);
});

test('a receiver that has forgotten what it had begins again; an older transfer is not answered', () => {
  const { sender, sent } = harness(20 * KIB);
  sender.begin(snapshotMessage(9, 50 * KIB));
  sender.answered({ from: 2, term: 1, transfer: 1, offset: 20 * KIB });
  const reborn = new SnapshotReceiver();
  expect([sent.length, reborn.take(sent[1]!)]).toEqual([3, 0]);
  sender.answered({ from: 2, term: 1, transfer: 1, offset: 0 });
  for (let tick = 0; tick < 3; tick++) sender.tick();
  expect([sent[3]!.offset, reborn.take(sent[3]!)]).toEqual([0, 40 * KIB]);
  sender.begin(snapshotMessage(12, 50 * KIB));
  // What is under way goes on.
  expect(sent).toHaveLength(5);
  sender.abort();
  sender.begin(snapshotMessage(12, 50 * KIB));
  expect(reborn.take(sent[5]!)).toBe(20 * KIB);
  expect(reborn.take(sent[4]!)).toBe(-1);
});

test('a member far behind gets a large snapshot over links that lose and double', () => {
  let chunks = 0;
  for (let seed = 1; seed <= 12; seed++) {
    const run = createRaftRun({
      seed,
      members: 3,
      stateBytes: 9_000,
      properties: [...raftPropertiesOf(testDesign), linearizableReads, recovers],
      faults: [
        { do: 'isolate', target: memberName(3), at: ms(200), for: ms(400) },
        { do: 'lose', from: 'member-*', to: 'member-*', percent: 25, kind: 'raft/snapshot', at: 0, for: ms(2_000) },
        { do: 'duplicate', from: 'member-*', to: 'member-*', percent: 25, at: 0, for: ms(2_000) },
      ],
    });
    run.observe({ hears: ({ name }) => name === 'raft/snapshot-chunk', sent: () => void chunks++ });
    expect([seed, run.advance(), run.violation, run.failure]).toEqual([seed, 'ok', null, null]);
  }
  expect(chunks).toBeGreaterThan(12 * 9);
});
