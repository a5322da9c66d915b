import { expect, test } from 'vitest';
import { createRun, kind, ms, seconds, threeRegions, type Boundary, type Co, type Os, type Run } from '../../sim/index.ts';
import { orderOf, orderText } from '../api/record-order.ts';
import type { OutsideKind } from '../api/resources/index.ts';
import { defaultDesign } from '../design.ts';
import { builtImage, referenceTo } from './artifacts/content.ts';
import { ImageClient } from './artifacts/image-client.ts';
import { pulledBoundary } from './artifacts/pulled.ts';
import { artifactRegistry } from './artifacts/registry.ts';
import type { Placement } from './placement.ts';
import { StatusReporter } from './status/status-reporter.ts';
import { statusPlace, type StatusPlace } from './status/status-place.ts';
import { statusStore } from './status/status-store.ts';
import { telemetryCollector } from './telemetry/collector.ts';
import { Emitter } from './telemetry/emitter.ts';
import { eventPlaces, type EventPlace } from './telemetry/event-place.ts';
import { placedWith, type RecordTable } from './testing/records.ts';

const places = { registries: ['artifacts-east'], collectors: ['telemetry-east'], statusStores: ['statusstore-east'] };
const none = new Set<string>();
const mended = kind<null>('test/mended');

const placeOfStatus = (os: Os, placement: Placement): StatusPlace => statusPlace(os, placement, defaultDesign) as StatusPlace;

/** What the API goes by when two records of a name come in the wrong order. */
const orderIn = ({ records }: RecordTable, of: OutsideKind, name: string): string | null =>
  orderOf(of, records.get(`${of}/${name}`)?.data ?? '');

/** One program beside the places of its region, which stand idle where everything is inside. */
function beside(body: (os: Os) => Co<void>): { readonly run: Run; readonly pulled: readonly unknown[] } {
  let ended = false;
  const run = createRun({
    seed: 2,
    topology: threeRegions(),
    faults: [],
    properties: [],
    healAtUs: seconds(8),
    endUs: seconds(9),
    build: (world) => {
      world.process({ name: 'artifacts-east', region: 'east', boot: artifactRegistry({ peers: [], defects: none }) });
      world.process({
        name: 'telemetry-east',
        region: 'east',
        boot: telemetryCollector({ design: defaultDesign, defects: none }),
      });
      world.process({
        name: 'statusstore-east',
        region: 'east',
        boot: statusStore({ peers: [], design: defaultDesign, defects: none }),
      });
      world.process({
        name: 'node-east-1',
        region: 'east',
        boot: (os) => ({ start: () => void os.spawn('body', body(os), () => (ended = true)) }),
      });
    },
  });
  const pulled: unknown[] = [];
  run.observe({
    sees: (what) => what === (pulledBoundary as Boundary),
    crossed: (_process, _what, image) => void pulled.push(image),
  });
  if (run.advance() === 'crashed') throw run.failure?.error;
  expect(ended).toBe(true);
  return { run, pulled };
}

const reference = referenceTo('registry/app', 'build-1');
const { digest } = builtImage(reference) as NonNullable<ReturnType<typeof builtImage>>;

test.each(['inside', 'outside'] as const)(
  'an image is pushed with what is known of it, and taken in by its digest: %s',
  (side) => {
    const placed = placedWith(places);
    const { pulled } = beside(function* (os) {
      yield* os.sleep(ms(100));
      expect(yield* new ImageClient(os, placed[side], none).push(reference)).toBe(true);
      yield* new ImageClient(os, placed[side], none).ensure(reference);
    });
    expect(pulled).toEqual([{ reference, digest }]);
    const name = digest.replace(':', '.');
    expect([...placed.table.records.keys()]).toEqual(
      side === 'inside' ? [`ImageArtifact/${name}`, `ImageMetadata/${name}`, 'Manifest/registry.app.latest'] : [],
    );
  },
);

test('content inside that has another digest is not taken in, and what the latest is the manifest says', () => {
  const placed = placedWith(places);
  const { pulled } = beside(function* (os) {
    const newer = referenceTo('registry/app', 'build-2');
    for (const each of [reference, newer]) yield* new ImageClient(os, placed.inside, none).push(each);
    yield* new ImageClient(os, placed.inside, new Set(['image-pulled-by-tag'])).ensure(reference);
    const name = `ImageArtifact/${digest.replace(':', '.')}`;
    const whole = placed.table.records.get(name);
    placed.table.records.set(name, { data: 'something else' });
    os.after(seconds(3), mended, () => void (whole !== undefined && placed.table.records.set(name, whole)));
    const startUs = os.monotonicUs();
    yield* new ImageClient(os, placed.inside, none).ensure(reference);
    expect(os.monotonicUs() - startUs).toBeGreaterThan(seconds(2));
  });
  expect(pulled).toEqual([
    { reference, digest: referenceTo('registry/app', 'build-2').split('@')[1] },
    { reference, digest },
  ]);
});

test.each(['inside', 'outside'] as const)('the status of a node is read where it was reported: %s', (side) => {
  const { [side]: placement, table } = placedWith(places);
  beside(function* (os) {
    new StatusReporter(os, {
      placement,
      design: defaultDesign,
      samples: () => [{ workload: 'web-1', phase: 'running' }],
    }).start();
    yield* os.sleep(seconds(5));
    const seen = yield* placeOfStatus(os, placement).read(['node-east-1', 'node-east-2']);
    expect([...seen].map(([node, { incarnation, sequence }]) => ({ node, incarnation, sequence }))).toEqual([
      { node: 'node-east-1', incarnation: 1, sequence: 2 },
    ]);
    if (side === 'inside') expect(orderIn(table, 'StatusBlob', 'node-east-1')).toBe(orderText(1, 2));
  });
});

test.each(['inside', 'outside'] as const)('an event is read where it was told: %s', (side) => {
  const { [side]: placement, table } = placedWith(places);
  beside(function* (os) {
    const emitter = new Emitter(os, { placement, design: defaultDesign, defects: none, collect: () => undefined });
    yield* os.sleep(ms(100));
    for (let n = 0; n < 2; n++) emitter.event('container running');
    yield* emitter.flush();
    const [place] = eventPlaces(os, placement) as readonly [EventPlace];
    yield* os.sleep(ms(100));
    const events = yield* place.read([{ source: 'node-east-1/1', key: 'container running' }]);
    expect(events.map(({ source, key, count }) => ({ source, key, count }))).toEqual([
      { source: 'node-east-1/1', key: 'container running', count: 2 },
    ]);
    if (side === 'inside') expect(orderIn(table, 'WorkloadEvent', 'node-east-1.1.container.running')).toBe(orderText(2));
  });
});
