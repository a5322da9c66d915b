import { beforeEach, describe, expect, test } from 'vitest';
import type { Report, Scene } from '../../../sim/index.ts';
import { compact, deleteRange, put, txn, type MutatingRequest } from '../../store/machine/requests.ts';
import type { StoreEvent } from '../../store/machine/responses.ts';
import type { WatchCreated, WatchItem } from '../../store/member/methods.ts';
import { StoreOracle } from './oracle.ts';
import { judgeFromScratch, WatchJudge, type WatchClaim } from './watch-judge.ts';

const scene = { history: () => ({ listen: () => undefined }) } as unknown as Scene;
const watch: WatchCreated = { id: 'w', key: 'a', rangeEnd: 'b', firstRevision: 2, prevKv: false, noPut: false, noDelete: false };

let oracle: StoreOracle;
let judge: WatchJudge;
let said: WatchClaim[];
let items: { item: WatchItem; revision: number; compactRevision: number }[];

beforeEach(() => {
  oracle = new StoreOracle(scene, { minLeaseTtlUs: 0, compat: '3.6' }, false);
  judge = new WatchJudge(oracle);
  said = [];
  items = [];
  for (const claim of ['ordered', 'atomic', 'no-gap', 'bookmark'] as const) {
    const report: Report = { violated: () => void said.push(claim), hit: () => undefined };
    judge.speakFor(claim, report);
  }
  // Revisions 2 … 6; those of the watch: 2, 3 (two keys), 5.
  commit(
    put('a1', 'x'),
    txn([], [put('a1', 'y'), put('a2', 'y'), put('c', 'y')]),
    put('c', 'z'),
    deleteRange('a1'),
    put('c', 'z'),
  );
});

function commit(...requests: MutatingRequest[]): void {
  for (const request of requests) {
    const index = oracle.lastIndex + 1;
    oracle.see({
      member: 1,
      index,
      term: 1,
      hash: index,
      bytes: 1,
      change: null,
      tag: '',
      data: { requestId: `${index}`, request },
    });
  }
}

/** The committed changes of a revision that the watch wants. */
function at(revision: number): StoreEvent[] {
  return oracle.reference.events.filter(({ kv }) => kv.modRevision === revision && kv.key.startsWith('a'));
}

function send(item: WatchItem): void {
  const { revision, compactRevision } = oracle.reference;
  items.push({ item, revision, compactRevision });
  judge.sent(item);
}

const sent = (of: WatchCreated, list: readonly StoreEvent[], fragment = false): WatchItem => {
  return { type: 'events', watch: of, revision: list.at(-1)!.kv.modRevision, events: list, fragment };
};
const events = (...list: StoreEvent[]): WatchItem => sent(watch, list);
const progress = (revision: number): WatchItem => ({ type: 'progress', watch, revision });
const compacted = (compactRevision: number): WatchItem => ({ type: 'compacted', watch, compactRevision });

/** Both judgements name these claims, in this order. */
function expectClaims(...claims: WatchClaim[]): void {
  expect(said).toEqual(claims);
  expect(judgeFromScratch(items, oracle.reference.events).map(({ claim }) => claim)).toEqual(claims);
}

/** With the pair before each event, as the store has it. */
function withPrevious(list: readonly StoreEvent[]): StoreEvent[] {
  return list.map((event) => ({ ...event, prevKv: oracle.reference.previous(event) }));
}

describe('a watch that is served well', () => {
  test('may be sent a revision in fragments, when all but the last say so', () => {
    const [first, second] = at(3);
    send(events(...at(2)));
    send(sent(watch, [first!], true));
    send(sent(watch, [second!]));
    send(progress(4));
    expectClaims();
  });

  test('is sent what its filters leave', () => {
    const deletes = { ...watch, id: 'deletes', noPut: true };
    send(sent(deletes, at(5)));
    const puts = { ...watch, id: 'puts', noDelete: true };
    send(sent(puts, [...at(2), ...at(3)]));
    send({ type: 'progress', watch: puts, revision: 6 });
    expectClaims();
  });

  test('is told of previous pairs, as far as they are not compacted', () => {
    const curious = { ...watch, id: 'curious', prevKv: true };
    send(sent(curious, withPrevious([...at(2), ...at(3)])));
    commit(compact(5));
    send(sent(curious, at(5)));
    expectClaims();
  });

  test('is sent each revision whole and in order, then a bookmark', () => {
    send(events(...at(2)));
    send(progress(2));
    send(events(...at(3)));
    send(events(...at(5)));
    send(progress(6));
    expectClaims();
  });

  test('may be sent several revisions at once', () => {
    send(events(...at(2), ...at(3), ...at(5)));
    expectClaims();
  });

  test('may be cancelled when what it still needs is compacted', () => {
    send(events(...at(2)));
    commit(compact(5));
    send(compacted(5));
    expectClaims();
  });
});

describe('a watch that is served badly', () => {
  test('a change sent twice is out of order', () => {
    send(events(...at(2)));
    send(events(...at(2)));
    expectClaims('ordered');
  });

  test('an older change after a newer one is out of order, and was missing before', () => {
    send(events(...at(3)));
    send(events(...at(2)));
    expectClaims('no-gap', 'ordered');
  });

  test('the changes of a revision must come in the order in which they were made', () => {
    send(events(...at(2), ...at(3).toReversed()));
    expectClaims('ordered');
  });

  test('a previous pair must be asked for, and be the right one', () => {
    send(sent(watch, withPrevious([...at(2), ...at(3)])));
    expectClaims('ordered');
    const curious = { ...watch, id: 'curious', prevKv: true };
    send(sent(curious, at(2)));
    send(sent(curious, at(3)));
    expectClaims('ordered', 'ordered');
  });

  test('what a filter leaves out must not be sent', () => {
    send(sent({ ...watch, id: 'deletes', noPut: true }, at(2)));
    expectClaims('ordered');
  });

  test('a change that differs from the committed one was never committed', () => {
    const [first] = at(2);
    send(events({ ...first!, kv: { ...first!.kv, value: 'forged' } }));
    expectClaims('ordered');
  });

  test('a revision that is not committed cannot be sent', () => {
    send(progress(7));
    expectClaims('ordered');
  });

  test('half of a revision breaks atomicity, first half or second', () => {
    send(events(...at(2), at(3)[0]!));
    expectClaims('atomic');
  });

  test('the second half of a revision alone breaks atomicity too', () => {
    send(events(...at(2), at(3)[1]!));
    expectClaims('atomic');
  });

  test('a revision left out is a gap', () => {
    send(events(...at(2)));
    send(events(...at(5)));
    expectClaims('no-gap');
  });

  test('a bookmark ahead of a change is not to be trusted', () => {
    send(events(...at(2)));
    send(progress(4));
    expectClaims('bookmark');
  });

  test('so is one of a watch that is further behind than changes are remembered', () => {
    for (let count = 0; count < 10_000; count++) commit(put('c', 'z'));
    commit(put('a9', 'x'), compact(10_000));
    expect(oracle.firstEventRevision).toBeGreaterThan(2);
    judge.sent(progress(oracle.reference.revision));
    judge.sent(events(...at(oracle.reference.revision)));
    expect(said).toEqual(['bookmark', 'ordered']);
  });

  test('a watch that needs nothing compacted is not cancelled', () => {
    send(events(...at(2), ...at(3)));
    commit(compact(4));
    send(compacted(4));
    expectClaims('no-gap');
  });
});
