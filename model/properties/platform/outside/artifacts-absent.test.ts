import { expect, test } from 'vitest';
import {
  Channel,
  createRun,
  ms,
  RpcServer,
  seconds,
  threeRegions,
  type Co,
  type Os,
  type Property,
  type Run,
} from '../../../../sim/index.ts';
import { builtImage, referenceTo } from '../../../outside/artifacts/content.ts';
import { fetchMethod, pullMethod, pushMethod, type ImageMetadata } from '../../../outside/artifacts/methods.ts';
import { forgetful, judged } from '../testing/crossings.ts';
import { artifactsAbsent } from './artifacts-absent.ts';

const built = builtImage(referenceTo('registry/app', 'build-1')) as NonNullable<ReturnType<typeof builtImage>>;
const { name, digest } = built;
const WEST = 'artifacts-west';
const EAST = 'artifacts-east';
const wanted = { name, digest };
const metadata: ImageMetadata = { name, digest, sizeBytes: 1, pushedBy: 'client', pushedUs: 0 };

/** Two registries that have nothing, whatever is pushed to them; the eastern one asks the western one first, or does not. */
function asking(property: Property, asks: boolean, body: (os: Os) => Co<void>): Run {
  const run = createRun({
    seed: 1,
    topology: threeRegions(),
    faults: [],
    properties: [property],
    healAtUs: ms(900),
    endUs: seconds(1),
    keepEvidence: true,
    build: (world) => {
      for (const [registry, region] of [
        [EAST, 'east'],
        [WEST, 'west'],
      ] as const) {
        world.process({
          name: registry,
          region,
          boot: (os) => {
            const server = new RpcServer();
            const peer = new Channel(os, [registry === EAST ? WEST : EAST]);
            const absent = function* (): Co<void> {
              if (asks) yield* peer.call(fetchMethod, wanted, ms(200));
            };
            server.handle(pushMethod, (_, reply) => reply.ok(metadata));
            server.handle(fetchMethod, (_, reply) => reply.refuse('not-found', 'not here'));
            server.handle(pullMethod, (_, reply) => void os.spawn('pull', absent(), () => reply.refuse('not-found', 'nowhere')));
            return { start: () => undefined, accept: (connection) => server.accept(connection) };
          },
        });
      }
      world.process({ name: 'client', region: 'east', boot: (os) => ({ start: () => void os.spawn('ask', body(os)) }) });
    },
  });
  run.advance();
  return run;
}

function* pull(os: Os): Co<void> {
  yield* os.sleep(ms(100));
  yield* new Channel(os, [EAST]).call(pullMethod, wanted, ms(300));
}

/** It is pushed to one of them before, which says that it has it. */
const pushedTo = (registry: string) =>
  function* (os: Os): Co<void> {
    yield* os.sleep(ms(100));
    yield* new Channel(os, [registry]).call(pushMethod, built, ms(300));
    yield* pull(os);
  };

test('that nobody has an image is said when the others have said so', () => {
  expect(judged(asking(artifactsAbsent(), true, pull))).toBeNull();
  expect(judged(asking(artifactsAbsent(), false, pull))).toBe(
    `${EAST} says that nobody has ${digest}, without a word from ${WEST}`,
  );
});

test('whoever has acknowledged an image does not deny it, and nobody says that nobody has it', () => {
  expect(judged(asking(artifactsAbsent(), true, pushedTo(WEST)))).toBe(
    `${WEST} says that there is no ${digest}, which had been acknowledged when it was asked`,
  );
  expect(judged(asking(artifactsAbsent(), true, pushedTo(EAST)))).toBe(
    `${EAST} says that there is no ${digest}, which had been acknowledged when it was asked`,
  );
});

test('a verdict that forgets what was acknowledged is found from scratch', () => {
  expect(() => judged(asking(forgetful(artifactsAbsent(), 'acknowledged'), true, pushedTo(EAST)))).toThrow(
    /step by step: fine; from scratch: artifacts-east says/,
  );
});
