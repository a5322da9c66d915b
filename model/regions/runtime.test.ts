import { expect, test } from 'vitest';
import {
  createRun,
  ms,
  seconds,
  threeRegions,
  type Boundary,
  type Fault,
  type Micros,
  type Os,
  type Run,
} from '../../sim/index.ts';
import type { Workload, WorkloadSpec } from '../api/resources/index.ts';
import { metadata, workloadSpec, workloadStatus } from '../api/testing/objects.ts';
import { defaultDesign } from '../design.ts';
import { ImageClient } from '../outside/artifacts/image-client.ts';
import { placedWith } from '../outside/testing/records.ts';
import { containerBoundary, type Container, type ContainerEvent } from './container.ts';
import { Runtime, type Images } from './runtime.ts';

function workload(uid: string, own: Partial<WorkloadSpec> = {}): Workload {
  return {
    kind: 'Workload',
    metadata: metadata(`w-${uid}`, { uid }),
    spec: workloadSpec({ owner: 'd', node: 'node-east-1', ...own }),
    status: workloadStatus(),
  };
}

/** A process whose first incarnation does `work`; later ones only find what is there. */
function node(work: (runtime: Runtime, os: Os) => void, faults: readonly Fault[] = [], images?: (os: Os) => Images): Run {
  return createRun({
    seed: 3,
    topology: threeRegions(),
    build: (world) =>
      world.process({
        name: 'node-east-1',
        region: 'east',
        boot: (os) => {
          const runtime = new Runtime(
            os,
            {
              design: defaultDesign,
              images: images?.(os) ?? new ImageClient(os, placedWith({}).outside, new Set()),
              defects: new Set(),
            },
            () => undefined,
          );
          return {
            start: () => runtime.restore(() => (os.incarnation === 1 ? work(runtime, os) : undefined)),
            inspect: () => runtime.inspect(),
          };
        },
      }),
    faults,
    properties: [],
    healAtUs: seconds(2),
    endUs: seconds(3),
  });
}

function phases(run: Run): Record<string, string> {
  const containers = run.inspect('node-east-1').program as readonly Container[];
  return Object.fromEntries(containers.map(({ uid, phase }) => [uid, phase]));
}

test('starting takes time', () => {
  const run = node((runtime) => runtime.run(workload('a')));
  // It begins, and has read its two files.
  run.advance(3);
  expect(phases(run)).toEqual({ a: 'starting' });
  run.advance();
  expect(phases(run)).toEqual({ a: 'running' });
});

test('running workloads outlive their agent', () => {
  const run = node((runtime) => runtime.run(workload('a')), [{ at: ms(800), do: 'kill', target: 'node-east-1', for: ms(100) }]);
  run.advance();
  expect(run.inspect('node-east-1').incarnation).toBe(2);
  expect(phases(run)).toEqual({ a: 'running' });
});

test('a disk that cannot be read for a while makes nothing forgotten', () => {
  const faults: Fault[] = [
    { at: ms(800), do: 'kill', target: 'node-east-1', for: ms(100) },
    { at: ms(800), do: 'fail-reads', target: 'node-east-1', for: ms(700) },
  ];
  const run = node((runtime) => runtime.run(workload('a')), faults);
  run.advance();
  expect(run.inspect('node-east-1').incarnation).toBe(2);
  expect(phases(run)).toEqual({ a: 'running' });
});

test('what was starting when the agent died is started by its successor', () => {
  const run = node((runtime) => runtime.run(workload('a')), [{ at: ms(60), do: 'kill', target: 'node-east-1', for: ms(100) }]);
  run.advance();
  expect(phases(run)).toEqual({ a: 'running' });
});

test('a workload that is stopped is gone, one that is asked for twice runs once', () => {
  const run = node((runtime, os) => {
    for (const uid of ['a', 'b', 'b']) runtime.run(workload(uid));
    os.spawn('stop a', os.sleep(ms(500)), () => runtime.stop('a'));
  });
  run.advance();
  expect(phases(run)).toEqual({ b: 'running' });
});

test('nothing is started before it stands on the disk, and nothing is gone before that does', () => {
  const full: Fault[] = [
    { at: ms(100), do: 'fill-disk', target: 'node-east-1', for: ms(400) },
    { at: ms(1_000), do: 'fill-disk', target: 'node-east-1', for: ms(600) },
  ];
  const seen: string[] = [];
  const run = node((runtime, os) => {
    const look = (us: Micros): void =>
      void os.spawn('look', os.sleep(us - os.monotonicUs()), () => seen.push(runtime.find('a')?.phase ?? 'gone'));
    os.spawn('run', os.sleep(ms(120)), () => runtime.run(workload('a')));
    os.spawn('stop', os.sleep(ms(1_050)), () => runtime.stop('a'));
    for (const us of [480, 990, 1_550, 2_000]) look(ms(us));
  }, full);
  run.advance();
  expect(seen).toEqual(['starting', 'running', 'stopping', 'gone']);
});

test('what could not be written down at once is, so that a successor finds it', () => {
  const faults: Fault[] = [
    { at: ms(100), do: 'fill-disk', target: 'node-east-1', for: ms(400) },
    { at: ms(1_200), do: 'kill', target: 'node-east-1', for: ms(100) },
  ];
  const run = node((runtime, os) => void os.spawn('run', os.sleep(ms(120)), () => runtime.run(workload('a'))), faults);
  run.advance();
  expect(run.inspect('node-east-1').incarnation).toBe(2);
  expect(phases(run)).toEqual({ a: 'running' });
});

test('a power loss ends what runs, however soon the machine is back', () => {
  const run = node((runtime) => runtime.run(workload('a')), [{ at: ms(800), do: 'crash', target: 'node-east-1', for: ms(100) }]);
  run.advance();
  expect(phases(run)).toEqual({});
});

test('what ends by itself is started again, time and again', () => {
  const run = node((runtime) => runtime.run(workload('a', { image: 'registry/crashing' })));
  run.advance();
  const [container] = run.inspect('node-east-1').program as readonly Container[];
  expect(container?.ready).toBe(false);
  expect(container?.restarts).toBeGreaterThan(1);
});

test('the pause before what ends is started again grows with each end in a row', () => {
  const run = node((runtime) => runtime.run(workload('a', { image: 'registry/crashing' })));
  const pausesUs: Micros[] = [];
  let endedUs = 0;
  run.observe({
    crossed(_, what, body) {
      if (what !== (containerBoundary as Boundary)) return;
      const event = body as ContainerEvent;
      if (event.what === 'ended') endedUs = run.nowUs;
      else if (event.what === 'started' && endedUs > 0) pausesUs.push(run.nowUs - endedUs);
    },
  });
  run.advance();
  const leastUs = [ms(100), ms(200), ms(400)];
  expect(pausesUs.length).toBeGreaterThanOrEqual(leastUs.length);
  // To start takes 100 ms at least; the clock of a node may be a little fast.
  for (const [at, us] of leastUs.entries()) expect(pausesUs[at]).toBeGreaterThan((us + ms(100)) * 0.99);
});

test('an image is pulled for as long as somebody wants it', () => {
  let attempts = 0;
  const inNoRegistry = (os: Os): Images => ({
    *ensure() {
      for (;;) {
        attempts++;
        yield* os.sleep(ms(100));
      }
    },
  });
  const run = node(
    (runtime, os) => {
      runtime.run(workload('a'));
      os.spawn('stop a', os.sleep(ms(450)), () => runtime.stop('a'));
    },
    [],
    inNoRegistry,
  );
  run.advance();
  expect(phases(run)).toEqual({});
  expect(attempts).toBe(5);
});

test('an image that is broken runs and never serves', () => {
  const run = node((runtime) => runtime.run(workload('a', { image: 'registry/broken' })));
  run.advance();
  expect(run.inspect('node-east-1').program).toMatchObject([{ phase: 'running', ready: false }]);
});

test('what has an identity is ended at the deadline, and nothing else is', () => {
  const run = node((runtime, os) => {
    runtime.extend(os.monotonicUs() + ms(900));
    runtime.run(workload('a'));
    runtime.run(workload('b', { identity: 'db-0' }));
  });
  run.advance();
  expect(phases(run)).toEqual({ a: 'running' });
});

test('a deadline that passed while the agent was away has ended what it bound; one that has not is kept to', () => {
  const away = (forMs: number): Run => {
    // The clock's step changes nothing, and is a moment to look at.
    const faults: Fault[] = [
      { at: ms(600), do: 'kill', target: 'node-east-1', for: ms(forMs) },
      { at: ms(1_000), do: 'step-clock', target: 'node-east-1', byUs: 1 },
    ];
    return node((runtime, os) => {
      runtime.extend(os.monotonicUs() + ms(1_200));
      runtime.run(workload('b', { identity: 'db-0' }));
    }, faults);
  };
  const early = away(100);
  while (early.nowUs < ms(1_000) && early.advance(early.step + 1) === null);
  expect(phases(early)).toEqual({ b: 'running' });
  for (const run of [early, away(900)]) {
    run.advance();
    expect(phases(run)).toEqual({});
  }
});
