import { expect, test } from 'vitest';
import { Channel, createRun, ms, seconds, threeRegions, type Co, type Fault, type Micros, type Os } from '../../../sim/index.ts';
import { defaultDesign } from '../../design.ts';
import { logsWhole } from '../../properties/platform/outside/logs-whole.ts';
import { telemetryCollector, type CollectorView } from './collector.ts';
import { ingestMethod } from './methods.ts';
import { emittedBoundary, type SignalRecord } from './signals.ts';

const COLLECTOR = 'telemetry-north';
const SOURCES = ['a/1', 'b/1', 'c/1', 'd/1'];
/** More lines in all than a file of the collector holds. */
const LINES = 150;

interface Told {
  readonly view: CollectorView;
  /** When files were begun. */
  readonly rotatedUs: readonly Micros[];
}

/** Sources that tell one line after the other, each until it is kept. */
function withSources(faults: readonly Fault[] = []): Told {
  return withClient((os) => SOURCES.map((source) => tellAll(os, source)), faults);
}

/** A client that does all of this at once. */
function withClient(bodies: (os: Os) => readonly Co<void>[], faults: readonly Fault[]): Told {
  const rotatedUs: Micros[] = [];
  let running = 0;
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
        for (const body of bodies(os)) {
          running++;
          os.spawn('source', body, () => void running--);
        }
      };
      world.process({ name: 'client', region: 'north', boot: (os) => ({ start: () => start(os) }) });
    },
  });
  run.observe({ durable: (_process, _file, first) => void (first === 0 && rotatedUs.push(run.nowUs)) });
  const verdict = run.advance();
  if (verdict === 'crashed') throw run.failure?.error;
  expect(run.violation?.message).toBeUndefined();
  expect(running).toBe(0);
  return { view: run.inspect(COLLECTOR).program as CollectorView, rotatedUs };
}

function* tellAll(os: Os, source: string): Co<void> {
  const channel = new Channel(os, [COLLECTOR]);
  for (let sequence = 1; sequence <= LINES; sequence++) {
    emit(os, source, sequence);
    while ((yield* tell(channel, source, sequence)) !== 'ok') yield* os.sleep(ms(200));
  }
}

const lineOf = (sequence: number): SignalRecord => ({ sequence, text: `line ${sequence}` });
const emit = (os: Os, source: string, sequence: number): void =>
  os.cross(emittedBoundary, { source, signal: 'log', ...lineOf(sequence) });

/** Tells one line, and what became of it. */
function* tell(channel: Channel, source: string, sequence: number): Co<string> {
  const batch = { signal: 'log', records: [lineOf(sequence)], lost: 0 } as const;
  const outcome = yield* channel.call(ingestMethod, { source, batches: [batch], events: [] }, seconds(1));
  return outcome.status === 'refused' ? outcome.code : outcome.status;
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

test('of a process only the latest life is remembered, and what comes late of an earlier one is not kept a second time', () => {
  const LIVES = 520;
  const restartsUs = seconds(3.5);
  const { view, rotatedUs } = withClient(
    (os) => [
      (function* () {
        const channel = new Channel(os, [COLLECTOR]);
        // One line in each life: more of them than a file holds.
        for (let life = 1; life <= LIVES; life++) {
          emit(os, `a/${life}`, 1);
          expect(yield* tell(channel, `a/${life}`, 1)).toBe('ok');
        }
        expect(yield* tell(channel, 'a/1', 1)).toBe('superseded');
        yield* os.sleep(restartsUs + seconds(1) - os.monotonicUs());
        expect(yield* tell(channel, 'a/1', 1)).toBe('superseded');
        expect(yield* tell(channel, `a/${LIVES}`, 1)).toBe('ok');
      })(),
    ],
    [{ at: restartsUs, do: 'crash', target: COLLECTOR, for: ms(200) }],
  );
  expect(rotatedUs.length).toBeGreaterThan(1);
  expect(view).toMatchObject({ sources: 1, logLines: 0 });
});

test('events whose time has passed are forgotten, though nobody asks for them', () => {
  const { view } = withClient(
    (os) => [
      (function* () {
        const channel = new Channel(os, [COLLECTOR]);
        for (let n = 1; n <= 6; n++) {
          const event = { key: `event ${n}`, count: 1, lastUs: os.wallUs() };
          yield* channel.call(ingestMethod, { source: 'a/1', batches: [], events: [event] }, seconds(1));
          yield* os.sleep(defaultDesign.observationTtlUs / 2 - ms(100));
        }
      })(),
    ],
    [],
  );
  expect(view.events).toBeLessThan(6);
});
