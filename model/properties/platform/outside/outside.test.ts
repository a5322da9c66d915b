import { describe, expect, test } from 'vitest';
import {
  Channel,
  createRun,
  ms,
  RpcServer,
  seconds,
  threeRegions,
  type Boot,
  type Co,
  type Os,
  type Property,
  type Run,
} from '../../../../sim/index.ts';
import { referenceTo } from '../../../outside/artifacts/content.ts';
import { pulledBoundary, type PulledImage } from '../../../outside/artifacts/pulled.ts';
import { readStatusMethod, reportStatusMethod, type StatusReport } from '../../../outside/status/methods.ts';
import { LOGS_FILE, type LogRecord } from '../../../outside/telemetry/collector.ts';
import { eventsMethod, samplesMethod, type Sample } from '../../../outside/telemetry/methods.ts';
import { emittedBoundary, type EmittedSignal, type SignalRecord } from '../../../outside/telemetry/signals.ts';
import { crossing, forgetful, judged, play, type Moment } from '../testing/crossings.ts';
import { artifactContent } from './artifact-content.ts';
import { eventsCounted } from './events-counted.ts';
import { logsWhole } from './logs-whole.ts';
import { samplesTrue } from './samples-true.ts';
import { statusKept } from './status-kept.ts';

describe('events counted', () => {
  /** A collector that is asked after each thing that happened, and says what stands there. */
  const told = (property: Property, ...moments: readonly (string | readonly [key: string, count: number])[]): Run => {
    const boot: Boot = (os) => {
      const server = new RpcServer();
      let at = 0;
      server.handle(eventsMethod, (_, reply) => {
        const moment = moments[at++];
        if (typeof moment === 'string')
          os.cross(emittedBoundary, { source: 'n1/1', signal: 'event', sequence: 1, text: moment } satisfies EmittedSignal);
        reply.ok({ events: typeof moment === 'object' ? [{ source: 'n1/1', key: moment[0], count: moment[1], lastUs: 0 }] : [] });
      });
      return { start: () => undefined, accept: (connection) => server.accept(connection) };
    };
    return calls(property, 'telemetry-east', boot, function* (channel) {
      for (let n = 0; n < moments.length; n++) yield* channel.call(eventsMethod, null, seconds(1));
    });
  };

  test('a collector may know of fewer than there were, and never of more', () => {
    expect(judged(told(eventsCounted(), 'a', 'a', ['a', 1], ['a', 2]))).toBeNull();
    expect(judged(told(eventsCounted(), 'a', 'b', ['a', 2]))).toBe(
      'telemetry-east says that n1/1 has seen "a" 2 times, and it has 1 times',
    );
  });

  test('a count that gets lost on the way is found from scratch', () => {
    expect(() => judged(told(forgetful(eventsCounted(), 'happened'), 'a', ['a', 1]))).toThrow(/from scratch: fine/);
  });
});

const report = (sequence: number, incarnation = 1): StatusReport => ({
  node: 'n1',
  incarnation,
  sequence,
  samples: [],
  blobBytes: 0,
});

describe('status kept', () => {
  type Moment = { readonly keeps: StatusReport } | { readonly shows: StatusReport | null };
  /** A store that acknowledges each report, and shows what stands there. */
  const asked = (property: Property, ...moments: readonly Moment[]): Run => {
    const boot: Boot = () => {
      const server = new RpcServer();
      const shows = moments.flatMap((moment) => ('shows' in moment ? [moment.shows] : []));
      server.handle(reportStatusMethod, (_, reply) => reply.ok(null));
      server.handle(readStatusMethod, (_, reply) => {
        const shown = shows.shift() ?? null;
        reply.ok({ reports: shown === null ? [] : [shown] });
      });
      return { start: () => undefined, accept: (connection) => server.accept(connection) };
    };
    return calls(property, 'store', boot, function* (channel) {
      for (const moment of moments) {
        if ('keeps' in moment) yield* channel.call(reportStatusMethod, moment.keeps, seconds(1));
        else yield* channel.call(readStatusMethod, { nodes: ['n1'] }, seconds(1));
      }
    });
  };
  const judge = (...moments: readonly Moment[]): string | null => judged(asked(statusKept(), ...moments));
  const keeps = (what: StatusReport): Moment => ({ keeps: what });
  const shows = (what: StatusReport | null): Moment => ({ shows: what });

  test('a store shows what it acknowledged, or something newer', () => {
    expect(judge(shows(null), keeps(report(2)), shows(report(2)))).toBeNull();
    expect(judge(keeps(report(2)), shows(report(3)))).toBeNull();
    expect(judge(keeps(report(2)), keeps(report(1)), shows(report(2)))).toBeNull();
    expect(judge(keeps(report(2)), shows(null))).toBe('store shows no report of n1, and has told of 1.2');
    expect(judge(keeps(report(2)), shows(report(1)))).toBe('store shows report 1.1 of n1, and has told of 1.2');
    expect(judge(keeps(report(9)), keeps(report(1, 2)), shows(report(9)))).toBe(
      'store shows report 1.9 of n1, and has told of 2.1',
    );
  });

  test('a store shows nothing older than it has shown', () => {
    expect(judge(shows(report(1)), shows(report(2)))).toBeNull();
    expect(judge(shows(report(2)), shows(report(1)))).toBe('store shows report 1.1 of n1, and has told of 1.2');
  });

  test('a verdict that forgets what a store has told is found from scratch', () => {
    expect(() => judged(asked(forgetful(statusKept(), 'known'), keeps(report(2)), shows(report(1))))).toThrow(
      'step by step: fine; from scratch: store shows report 1.1 of n1, and has told of 1.2',
    );
  });
});

describe('samples true', () => {
  const sample = (sequence: number, text = `value ${sequence}`): Sample => ({ source: 'n1/1', signal: 'metric', sequence, text });
  /** Two collectors, which are asked by turns when two samples have been made, and tell what stands there. */
  const told = (property: Property, ...answers: readonly (readonly Sample[])[]): Run => {
    const boot: Boot = () => {
      const server = new RpcServer();
      server.handle(samplesMethod, ({ after }, reply) => reply.ok({ life: 1, upTo: 0, samples: answers[after] ?? [] }));
      return { start: () => undefined, accept: (connection) => server.accept(connection) };
    };
    return calls(
      property,
      'telemetry-east',
      boot,
      function* (channel, os) {
        for (const { sequence, text } of [sample(1), sample(2)])
          os.cross(emittedBoundary, { source: 'n1/1', signal: 'metric', sequence, text });
        const other = new Channel(os, ['telemetry-west']);
        for (const [after] of answers.entries())
          yield* (after % 2 === 0 ? channel : other).call(samplesMethod, { life: 1, after }, seconds(1));
      },
      'telemetry-west',
    );
  };
  const judge = (...answers: readonly (readonly Sample[])[]): string | null => judged(told(samplesTrue(), ...answers));

  test('what is told was made, as it was made', () => {
    expect(judge([sample(1)], [sample(2)], [sample(1)])).toBeNull();
    expect(judge([sample(3)])).toBe('telemetry-east tells of metric 3 of n1/1, which was never made');
    expect(judge([sample(1, 'other')])).toBe('telemetry-east tells of metric 1 of n1/1 otherwise than it was made');
  });

  test('it is told once, by one collector', () => {
    expect(judge([sample(1), sample(1)])).toBe(
      'telemetry-east tells of metric 1 of n1/1, and telemetry-east has told of it before',
    );
    expect(judge([sample(1)], [sample(1)])).toBe(
      'telemetry-west tells of metric 1 of n1/1, and telemetry-east has told of it before',
    );
  });

  test('a verdict that forgets what was made is found from scratch', () => {
    expect(() => judged(told(forgetful(samplesTrue(), 'made'), [sample(1, 'other')]))).toThrow(
      'step by step: fine; from scratch: telemetry-east tells of metric 1 of n1/1 otherwise',
    );
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
  const writes = (...lines: readonly SignalRecord[]): readonly Moment[] =>
    lines.map(({ sequence, text }) =>
      crossing(emittedBoundary, { source: 'n1/1', signal: 'log', sequence, text } satisfies EmittedSignal),
    );
  const keeps =
    (lost: number, ...records: readonly SignalRecord[]): Moment =>
    (os) => {
      const record: LogRecord = { type: 'lines', source: 'n1/1', batch: { signal: 'log', records, lost } };
      os.disk.append(LOGS_FILE, record, 64);
      os.disk.fsync(LOGS_FILE, () => undefined);
    };
  const judge = (property: Property, ...moments: readonly (Moment | readonly Moment[])[]): string | null =>
    judged(
      play(
        property,
        moments.flat().flatMap((moment) => [moment, ...pause]),
        'telemetry-east',
      ),
    );
  const pause: readonly Moment[] = Array.from({ length: 20 }, () => () => undefined);
  const four = writes(line(1), line(2), line(3), line(4));

  test('lines are kept in order, once, as they were written, and what is missing has been counted', () => {
    expect(judge(logsWhole(), four, keeps(0, line(1), line(2)), keeps(0, line(3), line(4)))).toBeNull();
    expect(judge(logsWhole(), four, keeps(1, line(1), line(3)))).toBeNull();
    expect(judge(logsWhole(), four, keeps(0, line(1), line(3)))).toBe(
      '1 lines of n1/1 up to line 3 are nowhere, and it has counted 0 as lost',
    );
    expect(judge(logsWhole(), four, keeps(0, line(2), line(1)))).toBe('telemetry-east keeps line 1 of n1/1 after line 2');
    expect(judge(logsWhole(), four, keeps(0, line(1), line(2)), keeps(0, line(2)))).toBe(
      'telemetry-east keeps line 2 of n1/1 after line 2',
    );
    expect(judge(logsWhole(), four, keeps(0, line(1, 'other')))).toBe(
      'telemetry-east keeps line 1 of n1/1 otherwise than it was written',
    );
    expect(judge(logsWhole(), four, keeps(0, line(5)))).toBe('telemetry-east keeps line 5 of n1/1, which was never written');
  });

  test('a verdict that forgets how far a collector is is found from scratch', () => {
    expect(() => judge(forgetful(logsWhole(), 'newest'), four, keeps(0, line(1), line(2)), keeps(0, line(2)))).toThrow(
      'step by step: fine; from scratch: telemetry-east keeps line 2 of n1/1 after line 2',
    );
  });
});

/** A client that asks a server, or two of the same kind. */
function calls(
  property: Property,
  name: string,
  boot: Boot,
  ask: (channel: Channel, os: Os) => Co<unknown>,
  other?: string,
): Run {
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
      if (other !== undefined) world.process({ name: other, region: 'west', boot });
      world.process({
        name: 'client',
        region: 'east',
        boot: (os) => ({ start: () => void os.spawn('ask', ask(new Channel(os, [name]), os)) }),
      });
    },
  });
  run.advance();
  return run;
}
