import { describe, expect, test } from 'vitest';
import type { Json } from '../../bin/store/json.ts';
import type { ScriptLine } from '../../bin/store/script.ts';
import { Comparison, firstDifference } from './compare.ts';
import type { Outcome } from './subject.ts';

const range: ScriptLine = { method: 'kv/range', body: {} };
const header = { cluster_id: '1', member_id: '1', revision: '2', raft_term: '1' };
const elsewhere = { cluster_id: '77', member_id: '88', revision: '2', raft_term: '2' };

function said(answer: Json, stream: readonly Json[] = [], atMs = 0): Outcome {
  return { answer, stream, atMs };
}

function paths(line: ScriptLine, ours: Outcome, theirs: Outcome): string | null {
  const difference = new Comparison().next(line, ours, theirs);
  return difference === null ? null : `${difference.where}: ${difference.path}`;
}

describe('set aside is', () => {
  test('who answers, and in which term', () => {
    expect(paths(range, said({ header }), said({ header: elsewhere }))).toBeNull();
    expect(paths(range, said({ header }), said({ header: { ...elsewhere, revision: '3' } }))).toBe('answer: header.revision');
  });

  test('which id a server chose for a lease, but not that it is the same one later', () => {
    const comparison = new Comparison();
    const grant: ScriptLine = { method: 'lease/grant', body: { TTL: '60' } };
    const leases: ScriptLine = { method: 'lease/leases', body: {} };
    expect(comparison.next(grant, said({ ID: '5' }), said({ ID: '99' }))).toBeNull();
    expect(comparison.next(grant, said({ ID: '6' }), said({ ID: '98' }))).toBeNull();
    expect(
      comparison.next(leases, said({ leases: [{ ID: '5' }, { ID: '6' }] }), said({ leases: [{ ID: '99' }, { ID: '98' }] })),
    ).toBeNull();
    expect(
      comparison.next(leases, said({ leases: [{ ID: '5' }, { ID: '6' }] }), said({ leases: [{ ID: '98' }, { ID: '99' }] })),
    ).not.toBeNull();
  });

  test('an id that the script chose is compared', () => {
    const grant: ScriptLine = { method: 'lease/grant', body: { TTL: '60', ID: '5' } };
    expect(paths(grant, said({ ID: '5' }), said({ ID: '6' }))).toBe('answer: ID');
  });

  test('of what is left of a lease a second, and what the clocks went apart', () => {
    const ask: ScriptLine = { method: 'lease/timetolive', body: { ID: '5' } };
    const left = (TTL: string, atMs: number): Outcome => said({ ID: '5', TTL, grantedTTL: '60' }, [], atMs);
    expect(paths(ask, left('59', 0), left('58', 0))).toBeNull();
    expect(paths(ask, left('59', 0), left('57', 0))).toBe('answer: TTL');
    expect(paths(ask, left('59', 0), left('57', 900))).toBeNull();
    expect(paths(ask, left('0', 0), left('-1', 0))).toBe('answer: TTL');
    const grant: ScriptLine = { method: 'lease/grant', body: { ID: '5' } };
    expect(paths(grant, said({ ID: '5', TTL: '3' }), said({ ID: '5', TTL: '2' }))).toBe('answer: TTL');
  });

  test('the order of keys on a lease', () => {
    const ask: ScriptLine = { method: 'lease/timetolive', body: { ID: '5', keys: true } };
    expect(paths(ask, said({ keys: ['YQ==', 'Yg=='] }), said({ keys: ['Yg==', 'YQ=='] }))).toBeNull();
    expect(paths(ask, said({ keys: ['YQ==', 'Yg=='] }), said({ keys: ['Yg=='] }))).toBe('answer: keys.0');
  });

  test('how responses of different watches lie between each other, but not their order in one', () => {
    const sent = (watch_id: string, key: string): Json => ({ result: { header, watch_id, events: [{ kv: { key } }] } });
    const [a, b, c] = [sent('1', 'YQ=='), sent('1', 'Yg=='), sent('2', 'YQ==')];
    expect(paths(range, said(null, [a, b, c]), said(null, [c, a, b]))).toBeNull();
    expect(paths(range, said(null, [a, b]), said(null, [b, a]))).toBe('watch 1: 0.result.events.0.kv.key');
    expect(paths(range, said(null, [a]), said(null, []))).toBe('watch 1: 0');
  });
});

test('what comes when all was said is a difference', () => {
  const comparison = new Comparison();
  comparison.next(range, said({}), said({}));
  expect(comparison.surplus([])).toBeNull();
  expect(comparison.surplus([{ result: { watch_id: '3' } }])).toMatchObject({ at: 0, where: 'watch 3', ours: null });
});

test('the path leads to the first part that differs', () => {
  expect(firstDifference({ a: [{ b: 1 }] }, { a: [{ b: 1 }] })).toBeNull();
  expect(firstDifference({ a: [{ b: 1 }] }, { a: [{ b: 2 }] })).toBe('a.0.b');
  expect(firstDifference({ a: 1 }, { a: 1, b: 1 })).toBe('b');
  expect(firstDifference([], {})).toBe('');
});
