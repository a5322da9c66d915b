import { expect, test } from 'vitest';
import { ms } from '../../../sim/index.ts';
import { raftPropertiesOf } from '../../properties/raft.ts';
import { createConfiguration } from '../core/configuration.ts';
import { createMessage, MessageType, type Message } from '../core/message.ts';
import { SnapshotReceiver, SnapshotSender, type SnapshotChunk } from './snapshot-transfer.ts';
import { linearizableReads, recovers } from '../testing/goals.ts';
import { createRaftRun, memberName, testDesign } from '../testing/world.ts';

function snapshotMessage(index: number, bytes: number, term = 1): Message {
  const snapshot = { index, term, configuration: createConfiguration([1, 2]), members: [], state: null, bytes, hash: 1 };
  return createMessage(MessageType.snapshot, 1, 2, term, 0, 0, 0, false, 0, 0, 0, [], snapshot);
}

function harness(): { readonly sender: SnapshotSender; readonly sent: SnapshotChunk[]; readonly reports: [number, boolean][] } {
  const sent: SnapshotChunk[] = [];
  const reports: [number, boolean][] = [];
  const host = { send: (_to: number, _kind: unknown, body: unknown) => void sent.push(body as SnapshotChunk), report: (to: number, ok: boolean) => void reports.push([to, ok]) };
  return { sender: new SnapshotSender(host, 100, 6, 0), sent, reports };
}

test('a snapshot goes chunk by chunk, each when the one before it was answered', () => {
  const { sender, sent, reports } = harness();
  const receiver = new SnapshotReceiver();
  sender.begin(snapshotMessage(9, 250));
  for (let turn = 0; turn < 3; turn++) sender.answered({ from: 2, term: 1, transfer: 1, offset: receiver.take(sent[turn]!) });
  expect(sent.map(({ offset, bytes }) => [offset, bytes])).toEqual([[0, 100], [100, 100], [200, 50]]);
  expect([reports, sender.active]).toEqual([[[2, true]], 0]);
});

test('a lost chunk is sent again, a doubled one is counted and answered once, a silent receiver is reported', () => {
  const { sender, sent, reports } = harness();
  const receiver = new SnapshotReceiver();
  sender.begin(snapshotMessage(9, 250));
  expect([receiver.take(sent[0]!), receiver.take(sent[0]!)]).toEqual([100, 100]);
  for (const offset of [100, 100]) sender.answered({ from: 2, term: 1, transfer: 1, offset });
  expect(sent).toHaveLength(2);
  for (let tick = 0; tick < 3; tick++) sender.tick();
  expect(sent.slice(1).map(({ offset }) => offset)).toEqual([100, 100]);
  for (let tick = 0; tick < 3; tick++) sender.tick();
  expect([reports, sender.active]).toEqual([[[2, false]], 0]);
});

test('a receiver that has forgotten what it had begins again; an older transfer is not answered', () => {
  const { sender, sent } = harness();
  sender.begin(snapshotMessage(9, 250));
  sender.answered({ from: 2, term: 1, transfer: 1, offset: 100 });
  const reborn = new SnapshotReceiver();
  expect(reborn.take(sent[1]!)).toBe(0);
  sender.answered({ from: 2, term: 1, transfer: 1, offset: 0 });
  expect(reborn.take(sent[2]!)).toBe(100);
  sender.begin(snapshotMessage(12, 250));
  // What is under way goes on.
  expect(sent).toHaveLength(3);
  sender.abort();
  sender.begin(snapshotMessage(12, 250));
  expect(reborn.take(sent[3]!)).toBe(100);
  expect(reborn.take(sent[2]!)).toBe(-1);
});

test('a member far behind gets a large snapshot over links that lose and double', () => {
  let chunks = 0;
  for (let seed = 1; seed <= 12; seed++) {
    const run = createRaftRun({
      seed, members: 3, stateBytes: 9_000,
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
