import { expect, test } from 'vitest';
import {
  Channel,
  createRun,
  ms,
  RpcServer,
  seconds,
  threeRegions,
  type Method,
  type Property,
  type Reply,
} from '../../../../sim/index.ts';
import { getMethod, leaseMethod, type UpdateRequest } from '../../../api/methods.ts';
import { nodeLeaseName } from '../../../api/resources/index.ts';
import { defaultDesign } from '../../../design.ts';
import { forgetful, judged } from '../testing/crossings.ts';
import { signsOfLifeFirst } from './signs-of-life-first.ts';

const renewal: UpdateRequest = {
  kind: 'Lease',
  name: nodeLeaseName('n1'),
  resourceVersion: 1,
  spec: { holder: 'n1', durationUs: seconds(4), renewals: 1 },
  metadata: null,
  fence: null,
};

/** A node asks a server for something, long after the heal. */
function asks<Request>(
  what: Method<Request, unknown>,
  request: Request,
  serve: (reply: Reply<unknown>) => void,
  property: Property = signsOfLifeFirst(defaultDesign),
): string | null {
  const run = createRun({
    seed: 1,
    topology: threeRegions(),
    faults: [],
    properties: [property],
    healAtUs: seconds(1),
    endUs: seconds(10),
    keepEvidence: true,
    build: (world) => {
      world.process({
        name: 'api',
        region: 'east',
        boot: () => {
          const server = new RpcServer();
          server.handle(what, (_, reply) => serve(reply));
          return { start: () => undefined, accept: (connection) => server.accept(connection) };
        },
      });
      world.process({
        name: 'node',
        region: 'east',
        boot: (os) => ({
          start: () =>
            void os.spawn(
              'ask',
              (function* () {
                yield* os.sleep(seconds(7));
                yield* new Channel(os, ['api']).call(what, request, ms(1_500));
              })(),
            ),
        }),
      });
    },
  });
  run.advance();
  return judged(run);
}

const sendAway = (reply: Reply<unknown>): void => reply.refuse('too-many-requests', 'come back later', ms(100));

test('a renewal that is sent away although nobody else asks is found, and one that is refused for another reason is not', () => {
  expect(asks(leaseMethod, renewal, sendAway)).toBe(
    'api tells node to come back later with its renewal of /registry/Lease/node.n1, although only 0 others ask for the like',
  );
  expect(asks(leaseMethod, renewal, (reply) => reply.refuse('conflict', 'somebody else was first'))).toBeNull();
});

test('a renewal that is not taken up is found, and another request of a node may be sent away', () => {
  expect(asks(leaseMethod, renewal, () => undefined)).toMatch(
    /^api has not taken up a renewal of .* by node \d+\.\d+ s after it was sent$/,
  );
  expect(asks(getMethod, { kind: 'Node', name: 'n1', consistency: 'linearizable', resourceVersion: 0 }, sendAway)).toBeNull();
});

test('a verdict that forgets what was asked is found from scratch', () => {
  const property = forgetful(signsOfLifeFirst(defaultDesign), 'asked');
  expect(() => asks(leaseMethod, renewal, sendAway, property)).toThrow(
    /^step by step: fine; from scratch: api tells node to come back later/,
  );
});
