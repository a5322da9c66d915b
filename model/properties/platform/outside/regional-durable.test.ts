import { expect, test } from 'vitest';
import {
  Channel,
  createRun,
  ms,
  RpcServer,
  seconds,
  threeRegions,
  type Os,
  type Property,
  type Run,
} from '../../../../sim/index.ts';
import { REGIONAL_FILE } from '../../../outside/regional/regional-store.ts';
import type { RegionalRecord } from '../../../outside/regional/state.ts';
import { StoreMachine } from '../../../store/machine/machine.ts';
import { put } from '../../../store/machine/requests.ts';
import { putMethod } from '../../../store/member/methods.ts';
import { forgetful, judged } from '../testing/crossings.ts';
import { regionalDurable } from './regional-durable.ts';

const STORE = 'regionalstore-east';

const written = (id: string): RegionalRecord => ({
  type: 'written',
  id,
  request: put('k', id),
  stamp: { timeUs: 1, count: 0, region: 'east' },
});

/** A log that begins anew, with all up to a revision in it. */
function image(revision: number): RegionalRecord {
  const machine = { ...new StoreMachine({ compat: '3.6' }).snapshot(), revision };
  return { type: 'image', machine, versions: [], own: [], sequence: 0, heard: [] };
}

/** What a store does with a write before it answers at that revision. */
type Answering = (os: Os, id: string, answer: (revision: number) => void) => void;

const keeps =
  (revision: number): Answering =>
  (os, id, answer) => {
    os.disk.append(REGIONAL_FILE, written(id), 64);
    os.disk.fsync(REGIONAL_FILE, () => answer(revision));
  };
const begins =
  (revision: number): Answering =>
  (os, _id, answer) =>
    os.disk.replace(REGIONAL_FILE, [{ value: image(revision), bytes: 64 }], () => answer(revision));
const cuts: Answering = (os) => os.disk.truncate(REGIONAL_FILE, 0);
const says =
  (revision: number): Answering =>
  (_os, _id, answer) =>
    answer(revision);

/** A client writes as often as there are answers. */
function writing(property: Property, answers: readonly Answering[]): Run {
  const run = createRun({
    seed: 1,
    topology: threeRegions(),
    faults: [],
    properties: [property],
    healAtUs: seconds(1),
    endUs: seconds(2),
    keepEvidence: true,
    build: (world) => {
      world.process({
        name: STORE,
        region: 'east',
        boot: (os) => {
          const server = new RpcServer();
          let at = 0;
          server.handle(putMethod, ({ id }, reply) =>
            answers[at++]?.(os, id, (revision) => reply.ok({ kind: 'put', revision, prevKv: null } as never)),
          );
          return { start: () => undefined, accept: (connection) => server.accept(connection) };
        },
      });
      world.process({
        name: 'client',
        region: 'east',
        boot: (os) => {
          const channel = new Channel(os, [STORE]);
          const all = function* () {
            for (const [n] of answers.entries())
              yield* channel.call(putMethod, { id: `w${n + 1}`, request: put('k', 'v') }, ms(100));
          };
          return { start: () => void os.spawn('write', all()) };
        },
      });
    },
  });
  run.advance();
  return run;
}

const judge = (...answers: readonly Answering[]): string | null => judged(writing(regionalDurable(), answers));

test('what is acknowledged is on the disk, stays there, and is known from then on', () => {
  expect(judge(keeps(2), keeps(3), keeps(3))).toBeNull();
  expect(judge(says(2))).toBe(`${STORE} acknowledges w1, which is not on its disk`);
  expect(judge(keeps(2), cuts)).toBe(`${STORE} cuts w1 off its log, which it has acknowledged`);
  expect(judge(keeps(3), keeps(2))).toBe(`${STORE} answers at revision 2, and has acknowledged revision 3`);
});

test('a log that is rewritten begins with all that was acknowledged', () => {
  expect(judge(keeps(2), begins(1))).toBe(`${STORE} begins its log anew at revision 1, and has acknowledged revision 2`);
  expect(judge(keeps(2), (os) => begins(2)(os, '', () => undefined), keeps(3))).toBeNull();
});

test('a verdict that forgets what stands on the disk is found from scratch', () => {
  expect(() => judged(writing(forgetful(regionalDurable(), 'written'), [keeps(2)]))).toThrow(
    /acknowledges w1, .*; from scratch: fine/,
  );
});
