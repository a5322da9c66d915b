import { describe, expect, test } from 'vitest';
import { Channel, createRun, ms, RpcServer, seconds, threeRegions, type Boot, type Co, type Property, type Run } from '../../../../sim/index.ts';
import { referenceTo } from '../../../outside/artifacts/content.ts';
import { pulledBoundary, type PulledImage } from '../../../outside/artifacts/pulled.ts';
import { keptStatusBoundary, reportStatusMethod, type StatusReport } from '../../../outside/status/methods.ts';
import { LOGS_FILE, type LogRecord } from '../../../outside/telemetry/collector.ts';
import { emittedBoundary, storedEventBoundary, type EmittedSignal, type SignalRecord, type StoredEvent } from '../../../outside/telemetry/signals.ts';
import { crossing, forgetful, judged, play, type Moment } from '../testing/crossings.ts';
import { artifactContent } from './artifact-content.ts';
import { eventsCounted } from './events-counted.ts';
import { logsWhole } from './logs-whole.ts';
import { statusKept } from './status-kept.ts';

describe('events counted', () => {
  const happens = (text: string): Moment => crossing(emittedBoundary, { source: 'n1/1', signal: 'event', sequence: 1, text } satisfies EmittedSignal);
  const says = (key: string, count: number): Moment => crossing(storedEventBoundary, { source: 'n1/1', event: { key, count, lastUs: 0 } } satisfies StoredEvent);

  test('a collector may know of fewer than there were, and never of more', () => {
    expect(judged(play(eventsCounted(), [happens('a'), happens('a'), says('a', 1), says('a', 2)]))).toBeNull();
    expect(judged(play(eventsCounted(), [happens('a'), happens('b'), says('a', 2)]))).toBe('script says that n1/1 has seen "a" 2 times, and it has 1 times');
  });

  test('a count that gets lost on the way is found from scratch', () => {
    expect(() => judged(play(forgetful(eventsCounted(), 'happened'), [happens('a'), says('a', 1)]))).toThrow(/from scratch: fine/);
  });
});

const report = (sequence: number, incarnation = 1): StatusReport => ({ node: 'n1', incarnation, sequence, samples: [], blobBytes: 0 });

describe('status kept', () => {
  const keeps = (what: StatusReport): Moment => crossing(keptStatusBoundary, { store: 'script', life: 1, report: what });

  test("a node's status never goes back in a store", () => {
    expect(judged(play(statusKept(), [keeps(report(1)), keeps(report(2)), keeps(report(1, 2))]))).toBeNull();
    expect(judged(play(statusKept(), [keeps(report(2)), keeps(report(1))]))).toBe('script has report 1.1 of n1 after 1.2');
    expect(judged(play(statusKept(), [keeps(report(1)), keeps(report(1))]))).toBe('script has report 1.1 of n1 after 1.1');
  });

  test('a store that acknowledges what it has not is found, and one that has something newer is not', () => {
    const acknowledging = (...kept: readonly StatusReport[]): Run => {
      const boot: Boot = (os) => {
        const server = new RpcServer();
        server.handle(reportStatusMethod, (_, reply) => {
          for (const each of kept) os.cross(keptStatusBoundary, { store: 'store', life: 1, report: each });
          reply.ok(null);
        });
        return { start: () => undefined, accept: (connection) => server.accept(connection) };
      };
      return calls(statusKept(), 'store', boot, (channel) => channel.call(reportStatusMethod, report(2), seconds(1)));
    };
    expect(judged(acknowledging(report(2)))).toBeNull();
    expect(judged(acknowledging(report(3)))).toBeNull();
    expect(judged(acknowledging())).toBe('store acknowledges report 1.2 of n1, and has none');
    expect(judged(acknowledging(report(1)))).toBe('store acknowledges report 1.2 of n1, and has 1.1');
  });

  test('a verdict that forgets what a store has is found from scratch', () => {
    expect(() => judged(play(forgetful(statusKept(), 'newest'), [keeps(report(2)), keeps(report(1))]))).toThrow('step by step: fine; from scratch: script has report 1.1 of n1 after 1.2');
  });
});

describe('artifact content', () => {
  const pulled = (image: PulledImage): string | null => judged(play(artifactContent(), [crossing(pulledBoundary, image)]));

  test('a node runs what the digest names', () => {
    const reference = referenceTo('registry/app', 'build-1');
    const [, digest = ''] = reference.split('@');
    expect(pulled({ reference, digest })).toBeNull();
    expect(pulled({ reference, digest: 'other' })).toBe(`script runs other as ${reference}`);
  });
});

describe('logs whole', () => {
  const line = (sequence: number, text = `line ${sequence}`): SignalRecord => ({ sequence, text });
  const writes = (...lines: readonly SignalRecord[]): readonly Moment[] => lines.map(({ sequence, text }) => crossing(emittedBoundary, { source: 'n1/1', signal: 'log', sequence, text } satisfies EmittedSignal));
  const keeps = (lost: number, ...records: readonly SignalRecord[]): Moment => (os) => {
    const record: LogRecord = { type: 'lines', source: 'n1/1', batch: { signal: 'log', records, lost } };
    os.disk.append(LOGS_FILE, record, 64);
    os.disk.fsync(LOGS_FILE, () => undefined);
  };
  const judge = (property: Property, ...moments: readonly (Moment | readonly Moment[])[]): string | null => judged(play(property, moments.flat().flatMap((moment) => [moment, ...pause]), 'telemetry-east'));
  const pause: readonly Moment[] = Array.from({ length: 20 }, () => () => undefined);
  const four = writes(line(1), line(2), line(3), line(4));

  test('lines are kept in order, once, as they were written, and what is missing has been counted', () => {
    expect(judge(logsWhole(), four, keeps(0, line(1), line(2)), keeps(0, line(3), line(4)))).toBeNull();
    expect(judge(logsWhole(), four, keeps(1, line(1), line(3)))).toBeNull();
    expect(judge(logsWhole(), four, keeps(0, line(1), line(3)))).toBe('1 lines of n1/1 up to line 3 are nowhere, and it has counted 0 as lost');
    expect(judge(logsWhole(), four, keeps(0, line(2), line(1)))).toBe('telemetry-east keeps line 1 of n1/1 after line 2');
    expect(judge(logsWhole(), four, keeps(0, line(1), line(2)), keeps(0, line(2)))).toBe('telemetry-east keeps line 2 of n1/1 after line 2');
    expect(judge(logsWhole(), four, keeps(0, line(1, 'other')))).toBe('telemetry-east keeps line 1 of n1/1 otherwise than it was written');
    expect(judge(logsWhole(), four, keeps(0, line(5)))).toBe('telemetry-east keeps line 5 of n1/1, which was never written');
  });

  test('a verdict that forgets how far a collector is is found from scratch', () => {
    expect(() => judge(forgetful(logsWhole(), 'newest'), four, keeps(0, line(1), line(2)), keeps(0, line(2)))).toThrow('step by step: fine; from scratch: telemetry-east keeps line 2 of n1/1 after line 2');
  });
});

/** A client that asks a server once. */
function calls(property: Property, name: string, boot: Boot, ask: (channel: Channel) => Co<unknown>): Run {
  const run = createRun({
    seed: 1,
    topology: threeRegions(),
    faults: [],
    properties: [property],
    healAtUs: ms(500),
    endUs: seconds(1),
    keepEvidence: true,
    build: (world) => {
      world.process({ name, region: 'east', boot });
      world.process({ name: 'client', region: 'east', boot: (os) => ({ start: () => void os.spawn('ask', ask(new Channel(os, [name]))) }) });
    },
  });
  run.advance();
  return run;
}
