import { expect, test } from 'vitest';
import { ReadRequests } from './read-requests.ts';

function setUp() {
  const host = { term: 1, leader: 1, applied: 0, nowUs: 0, asked: [] as number[] };
  const reads = new ReadRequests(
    {
      term: () => host.term,
      leader: () => host.leader,
      applied: () => host.applied,
      nowUs: () => host.nowUs,
      ask: (id) => host.leader !== 0 && host.asked.push(id) > 0,
    },
    1,
    1_500_000,
  );
  const told: [string, boolean][] = [];
  return { host, reads, told, read: (name: string) => reads.add((ok) => void told.push([name, ok])) };
}

test('reads that come while one is asked for share the next round', () => {
  const { host, reads, told, read } = setUp();
  read('a');
  read('b');
  read('c');
  expect(host.asked).toHaveLength(1);
  host.applied = 5;
  reads.answered(host.asked[0]!, 5);
  reads.release();
  expect(told).toEqual([['a', true]]);
  expect(host.asked).toHaveLength(2);
  reads.answered(host.asked[1]!, 5);
  reads.release();
  expect(told).toEqual([
    ['a', true],
    ['b', true],
    ['c', true],
  ]);
});

test('a confirmed read waits until its index is applied', () => {
  const { host, reads, told, read } = setUp();
  read('a');
  reads.answered(host.asked[0]!, 7);
  host.applied = 6;
  reads.release();
  expect(told).toEqual([]);
  host.applied = 7;
  reads.release();
  expect(told).toEqual([['a', true]]);
});

test('after half a second it asks again with another id, and the first answer is none any more', () => {
  const { host, reads, told, read } = setUp();
  read('a');
  host.nowUs = 500_000;
  reads.tick();
  expect(new Set(host.asked).size).toBe(2);
  reads.answered(host.asked[0]!, 0);
  reads.release();
  expect(told).toEqual([]);
  reads.answered(host.asked[1]!, 0);
  reads.release();
  expect(told).toEqual([['a', true]]);
});

test('without a leader, after a change of leader or without an answer it fails', () => {
  const { host, reads, told, read } = setUp();
  host.leader = 0;
  read('none');
  host.leader = 1;
  read('changed');
  host.leader = 2;
  reads.checkLeader();
  read('silent');
  host.nowUs = 1_500_000;
  reads.tick();
  expect(told).toEqual([
    ['none', false],
    ['changed', false],
    ['silent', false],
  ]);
});

test('an answer that comes after the leader has changed does not count', () => {
  const { host, reads, told, read } = setUp();
  read('a');
  host.term = 2;
  reads.answered(host.asked[0]!, 0);
  reads.checkLeader();
  expect(told).toEqual([['a', false]]);
});
