import { expect, test } from 'vitest';
import { Channel, createRun, ms, seconds, threeRegions, type Co, type Fault, type Micros, type Os } from '../../../sim/index.ts';
import { defaultDesign } from '../../design.ts';
import { logsWhole } from '../../properties/platform/outside/logs-whole.ts';
import { telemetryCollector, type CollectorView } from './collector.ts';
import { ingestMethod } from './methods.ts';
import { emittedBoundary, type SignalRecord } from './signals.ts';

const COLLECTOR = 'telemetry-north';
const SOURCES = ['client/1', 'client/2', 'client/3', 'client/4'];
/** More lines in all than a file of the collector holds. */
const LINES = 150;

interface Told {
  readonly view: CollectorView;
  /** When files were begun. */
  readonly rotatedUs: readonly Micros[];
}

/** Sources that tell one line after the other, each until it is kept. */
function withSources(faults: readonly Fault[] = []): Told {
  const rotatedUs: Micros[] = [];
  let ended = 0;
  const run = createRun({
    seed: 5,
    topology: threeRegions(),
    faults,
    properties: [logsWhole()],
    healAtUs: seconds(4),
    endUs: seconds(30),
    build: (world) => {
      world.process({
        name: COLLECTOR,
        region: 'north',
        boot: telemetryCollector({ design: defaultDesign, defects: new Set() }),
      });
      const start = (os: Os): void => {
        for (const source of SOURCES) os.spawn('source', tellAll(os, source), () => void ended++);
      };
      world.process({ name: 'client', region: 'north', boot: (os) => ({ start: () => start(os) }) });
    },
  });
  run.observe({ durable: (_process, _file, first) => void (first === 0 && rotatedUs.push(run.nowUs)) });
  const verdict = run.advance();
  if (verdict === 'crashed') throw run.failure?.error;
  expect(run.violation?.message).toBeUndefined();
  expect(ended).toBe(SOURCES.length);
  return { view: run.inspect(COLLECTOR).program as CollectorView, rotatedUs };
}

function* tellAll(os: Os, source: string): Co<void> {
  const channel = new Channel(os, [COLLECTOR]);
  for (let sequence = 1; sequence <= LINES; sequence++) {
    const record: SignalRecord = { sequence, text: `line ${sequence}` };
    os.cross(emittedBoundary, { source, signal: 'log', ...record });
    const request = { source, batches: [{ signal: 'log', records: [record], lost: 0 }], events: [] } as const;
    while ((yield* channel.call(ingestMethod, request, seconds(1))).status !== 'ok') yield* os.sleep(ms(200));
  }
}

test('lines that come while the collector begins a new file are kept as well', () => {
  const { view, rotatedUs } = withSources();
  expect(rotatedUs).toHaveLength(2);
  expect(view).toMatchObject({ logLines: SOURCES.length * LINES, refused: 0 });
});

test('a collector that ends while it begins a new file has what it acknowledged', () => {
  const [, rotatedUs = 0] = withSources().rotatedUs;
  for (const cause of ['crash', 'kill'] as const) {
    for (let beforeUs = 0; beforeUs <= 3_000; beforeUs += 500)
      withSources([{ at: rotatedUs - beforeUs, do: cause, target: COLLECTOR, for: ms(200) }]);
  }
});
