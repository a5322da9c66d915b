import { expect, test } from 'vitest';
import {
  Channel,
  createRun,
  ms,
  seconds,
  threeRegions,
  type CallOutcome,
  type Co,
  type Fault,
  type Os,
  type Run,
} from '../../../sim/index.ts';
import { placedWith } from '../testing/records.ts';
import { buildImage, builtImage, digestOf, parseImage, referenceTo } from './content.ts';
import { ImageClient } from './image-client.ts';
import { describeMethod, pullMethod, pushMethod } from './methods.ts';
import { artifactRegistry } from './registry.ts';
import type { ShelfInspection } from './shelf.ts';

const registries = ['artifacts-east', 'artifacts-west', 'artifacts-north'];
const placed = placedWith({ registries });
const reference = referenceTo('registry/app', 'build-1');

/** Runs one client against the registries of three regions. */
function withRegistries(body: (os: Os) => Co<void>, faults: readonly Fault[] = [], defects: readonly string[] = []): Run {
  let ended = false;
  const run = createRun({
    seed: 4,
    topology: threeRegions(['east', 'west', 'north']),
    faults,
    properties: [],
    healAtUs: seconds(8),
    endUs: seconds(10),
    build: (world) => {
      for (const name of registries) {
        const peers = registries.filter((other) => other !== name);
        world.process({
          name,
          region: name.split('-')[1] as string,
          boot: artifactRegistry({ peers, defects: new Set(defects) }),
        });
      }
      world.process({
        name: 'client',
        region: 'east',
        boot: (os) => ({ start: () => void os.spawn('client', body(os), () => (ended = true)) }),
      });
    },
  });
  if (run.advance() === 'crashed') throw run.failure?.error;
  expect(ended).toBe(true);
  return run;
}

const codeOf = (outcome: CallOutcome<unknown>): string => (outcome.status === 'refused' ? outcome.code : outcome.status);
const built = builtImage(reference) as NonNullable<ReturnType<typeof builtImage>>;

test('what is pushed in one region is pulled in another, at once and by its digest', () => {
  const run = withRegistries(function* (os) {
    const east = new Channel(os, ['artifacts-east']);
    const north = new Channel(os, ['artifacts-north']);
    yield* os.sleep(ms(100));
    expect(codeOf(yield* east.call(pushMethod, built, seconds(1)))).toBe('ok');
    const pulled = yield* north.call(pullMethod, { name: built.name, digest: built.digest }, seconds(1));
    expect(pulled).toMatchObject({ status: 'ok', value: { content: built.content } });
    expect(yield* north.call(describeMethod, { name: built.name, digest: null }, seconds(1))).toMatchObject({
      value: { digest: built.digest, pushedBy: 'client' },
    });
  });
  for (const name of registries) expect((run.inspect(name).program as ShelfInspection).digests).toEqual([built.digest]);
});

test('content that has another digest than its maker says is refused', () => {
  withRegistries(function* (os) {
    const east = new Channel(os, ['artifacts-east']);
    expect(codeOf(yield* east.call(pushMethod, { ...built, digest: 'sha256:00' }, seconds(1)))).toBe('digest-mismatch');
  });
});

test('all agree on the latest when an image is pushed again to another registry, its maker not having heard the first', () => {
  const newer = builtImage(referenceTo('registry/app', 'build-2')) as NonNullable<ReturnType<typeof builtImage>>;
  const faults: Fault[] = [{ at: 0, do: 'partition', from: 'artifacts-east', to: 'artifacts-*', for: seconds(3) }];
  const run = withRegistries(function* (os) {
    const east = new Channel(os, ['artifacts-east']);
    const north = new Channel(os, ['artifacts-north']);
    yield* os.sleep(ms(200));
    for (const [registry, image] of [
      [east, built],
      [north, newer],
      [north, built],
    ] as const) {
      expect(codeOf(yield* registry.call(pushMethod, image, seconds(1)))).toBe('ok');
      yield* os.sleep(ms(300));
    }
  }, faults);
  for (const name of registries)
    expect((run.inspect(name).program as ShelfInspection).latest).toEqual({ 'registry/app': built.digest });
});

test('nobody says that there is no image while a region that may have it is silent', () => {
  const faults: Fault[] = [{ at: 0, do: 'partition', from: 'artifacts-north', to: 'artifacts-*', for: seconds(3) }];
  withRegistries(function* (os) {
    const east = new Channel(os, ['artifacts-east']);
    const wanted = { name: 'registry/app', digest: 'sha256:00' };
    yield* os.sleep(ms(200));
    expect(codeOf(yield* east.call(pullMethod, wanted, seconds(3)))).toBe('unavailable');
    yield* os.sleep(seconds(4));
    expect(codeOf(yield* east.call(pullMethod, wanted, seconds(3)))).toBe('not-found');
  }, faults);
});

test('a node goes to another region while its own has no registry', () => {
  const faults: Fault[] = [{ at: seconds(1), do: 'crash', target: 'artifacts-east', for: seconds(6) }];
  withRegistries(function* (os) {
    const images = new ImageClient(os, placed.outside, new Set());
    expect(yield* images.push(reference)).toBe(true);
    yield* os.sleep(seconds(2));
    const startUs = os.monotonicUs();
    yield* new ImageClient(os, placed.outside, new Set()).ensure(reference);
    expect(os.monotonicUs() - startUs).toBeLessThan(seconds(3));
  }, faults);
});

test('a node leaves a registry that is silent once, however many images it waits for', () => {
  const faults: Fault[] = [{ at: seconds(1), do: 'partition', from: 'client', to: 'artifacts-east', for: seconds(6) }];
  const references = ['app-1', 'app-2', 'app-3'].map((name) => referenceTo(`registry/${name}`, 'build-1'));
  const tookUs: number[] = [];
  withRegistries(function* (os) {
    const pushing = new ImageClient(os, placed.outside, new Set());
    for (const image of references) expect(yield* pushing.push(image)).toBe(true);
    yield* os.sleep(seconds(2));
    const startUs = os.monotonicUs();
    const images = new ImageClient(os, placed.outside, new Set());
    for (const image of references) os.spawn('pull', images.ensure(image), () => tookUs.push(os.monotonicUs() - startUs));
    yield* os.sleep(seconds(5));
  }, faults);
  expect(tookUs).toHaveLength(3);
  expect(Math.max(...tookUs)).toBeLessThan(seconds(4));
});

test('a reference names an image by its digest; one without is of an image that is there already', () => {
  expect(parseImage(reference)).toEqual({ name: 'registry/app', digest: digestOf(buildImage('registry/app', 'build-1')) });
  expect(parseImage('app@sha256:aa')).toEqual({ name: 'app', digest: 'sha256:aa' });
  expect(builtImage('app@sha256:aa')).toBeNull();
  expect(parseImage('app')).toBeNull();
});
