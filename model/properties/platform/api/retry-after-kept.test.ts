import { expect, test } from 'vitest';
import { Channel, createRun, ms, RpcServer, seconds, threeRegions, type Micros, type Property } from '../../../../sim/index.ts';
import { getMethod } from '../../../api/methods.ts';
import { forgetful, judged } from '../testing/crossings.ts';
import { retryAfterKept } from './retry-after-kept.ts';

const RETRY_AFTER_US: Micros = ms(100);

/** A client that is told to come back, and comes after so long, with the same request or with one like it. */
function comesBack(
  afterUs: Micros,
  { property = retryAfterKept(), withAnother = false }: { readonly property?: Property; readonly withAnother?: boolean } = {},
): string | null {
  const run = createRun({
    seed: 1,
    topology: threeRegions(),
    faults: [],
    properties: [property],
    healAtUs: ms(500),
    endUs: seconds(1),
    keepEvidence: true,
    build: (world) => {
      world.process({
        name: 'api',
        region: 'east',
        boot: () => {
          const server = new RpcServer();
          server.handle(getMethod, (_, reply) => reply.refuse('too-many-requests', 'come back later', RETRY_AFTER_US));
          return { start: () => undefined, accept: (connection) => server.accept(connection) };
        },
      });
      world.process({
        name: 'client',
        region: 'east',
        boot: (os) => ({
          start: () =>
            void os.spawn(
              'ask',
              (function* () {
                const channel = new Channel(os, ['api']);
                const request = { kind: 'Node', name: 'n1', consistency: 'linearizable', resourceVersion: 0 } as const;
                yield* channel.call(getMethod, request, seconds(1));
                yield* os.sleep(afterUs);
                yield* channel.call(getMethod, withAnother ? { ...request } : request, seconds(1));
              })(),
            ),
        }),
      });
    },
  });
  run.advance();
  return judged(run);
}

test('who comes back with the same request when it was told to is well, and who comes before is found', () => {
  expect(comesBack(RETRY_AFTER_US)).toBeNull();
  expect(comesBack(RETRY_AFTER_US / 2)).toMatch(/^client comes to api \d+ µs after api has told it to come back in 100000 µs$/);
});

test('another request of the like is another request', () => {
  expect(comesBack(0, { withAnother: true })).toBeNull();
});

test('a verdict that forgets who was sent away is found from scratch', () => {
  expect(() => comesBack(0, { property: forgetful(retryAfterKept(), 'sentAway') })).toThrow(
    /^step by step: fine; from scratch: client comes to api/,
  );
});
