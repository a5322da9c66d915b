import { describe, expect, test } from 'vitest';
import {
  Channel,
  createRun,
  ms,
  seconds,
  threeRegions,
  type CallOutcome,
  type Co,
  type Fault,
  type Observer,
  type Os,
} from '../../sim/index.ts';
import { defaultDesign, type Design } from '../design.ts';
import { acceptedBoundary, type AcceptedAction } from './accepted.ts';
import type { CloudInspection } from './account.ts';
import { balancersMethod, provisionMethod, releaseMethod, sealMethod } from './cloud-methods.ts';
import { cloudProvider } from './cloud.ts';
import {
  attachMethod,
  detachMethod,
  readVolumeMethod,
  volumeWriteBoundary,
  writeVolumeMethod,
  type WriteRequest,
} from './volume-methods.ts';

type Cloud = ReturnType<typeof calls>;

interface Options {
  readonly faults?: readonly Fault[];
  readonly defects?: readonly string[];
  readonly observer?: Observer;
  readonly design?: Partial<Design>;
}

interface Seen {
  readonly reported: readonly AcceptedAction[];
  readonly written: readonly WriteRequest[];
  readonly state: CloudInspection;
}

/** Runs one client against the cloud; returns what the cloud reported, and what it holds in the end. */
function withCloud(body: (cloud: Cloud, os: Os) => Co<void>, options: Options = {}): Seen {
  const reported: AcceptedAction[] = [];
  const written: WriteRequest[] = [];
  let ended = false;
  const run = createRun({
    seed: 3,
    topology: threeRegions(),
    faults: options.faults ?? [],
    properties: [],
    healAtUs: seconds(4),
    endUs: seconds(5),
    build: (world) => {
      world.process({
        name: 'cloud',
        region: 'north',
        boot: cloudProvider({ design: { ...defaultDesign, ...options.design }, defects: new Set(options.defects) }),
      });
      world.process({
        name: 'client',
        region: 'east',
        boot: (os) => ({ start: () => void os.spawn('client', body(calls(os), os), () => (ended = true)) }),
      });
    },
  });
  if (options.observer !== undefined) run.observe(options.observer);
  run.observe({ crossed: (_, what, entry) => void (what === acceptedBoundary && reported.push(entry as AcceptedAction)) });
  run.observe({ crossed: (_, what, write) => void (what === volumeWriteBoundary && written.push(write as WriteRequest)) });
  if (run.advance() === 'crashed') throw run.failure?.error;
  expect(ended).toBe(true);
  return { reported, written, state: run.inspect('cloud').program as CloudInspection };
}

function calls(os: Os) {
  const channel = new Channel(os, ['cloud']);
  const fence = (token: number) => ({ role: 'provisioner', token });
  return {
    seal: (token: number) => channel.call(sealMethod, { fence: fence(token) }, seconds(1)),
    provision: (token: number, operationId: string, generation = 1) =>
      channel.call(provisionMethod, { operationId, fence: fence(token), owner: 'u1', generation, replicas: 1 }, seconds(1)),
    release: (token: number, operationId: string, belowGeneration: number) =>
      channel.call(releaseMethod, { operationId, fence: fence(token), owner: 'u1', belowGeneration }, seconds(1)),
    volume: (token: number, operationId: string) =>
      channel.call(provisionMethod, { operationId, fence: fence(token), owner: 'u1', generation: 1, sizeGb: 10 }, seconds(1)),
    attach: (token: number, workload: string, node: string) =>
      channel.call(
        attachMethod,
        { operationId: `attach/${workload}`, fence: fence(token), resource: 'vol-1', workload, node },
        seconds(1),
      ),
    detach: (token: number, workload: string) =>
      channel.call(
        detachMethod,
        { operationId: `detach/${workload}`, fence: fence(token), resource: 'vol-1', workload },
        seconds(1),
      ),
    read: (node: string, epoch: number) => channel.call(readVolumeMethod, { resource: 'vol-1', node, epoch }, seconds(1)),
    write: (node: string, epoch: number, number: number) =>
      channel.call(writeVolumeMethod, { resource: 'vol-1', node, epoch, number }, seconds(1)),
    balancers: () => channel.call(balancersMethod, null, seconds(1)),
  };
}

const codeOf = (outcome: CallOutcome<unknown>): string => (outcome.status === 'refused' ? outcome.code : outcome.status);

test('from a seal on, older tokens are refused', () => {
  const { reported } = withCloud(function* (cloud) {
    expect(codeOf(yield* cloud.provision(5, 'a'))).toBe('ok');
    expect(codeOf(yield* cloud.seal(9))).toBe('ok');
    expect(codeOf(yield* cloud.provision(5, 'b', 2))).toBe('fenced');
    expect(codeOf(yield* cloud.provision(5, 'a'))).toBe('fenced');
    expect(codeOf(yield* cloud.release(5, 'c', 2))).toBe('fenced');
    expect(codeOf(yield* cloud.seal(5))).toBe('fenced');
    expect(codeOf(yield* cloud.provision(9, 'b', 2))).toBe('ok');
  });
  expect(reported.map(({ sequence, action, token }) => [sequence, action, token])).toEqual([
    [1, 'provision', 5],
    [2, 'seal', 9],
    [3, 'provision', 9],
  ]);
});

test('a repeated operation is answered with the first result and does nothing', () => {
  const { reported, state } = withCloud(function* (cloud) {
    const first = yield* cloud.provision(5, 'a');
    const again = yield* cloud.provision(5, 'a');
    expect(again).toEqual(first);
    expect(codeOf(first)).toBe('ok');
  });
  expect(reported).toHaveLength(1);
  expect(state.balancers).toHaveLength(1);
});

test('a release takes what is older, and a straggler for that comes too late', () => {
  const { state } = withCloud(function* (cloud) {
    yield* cloud.provision(5, 'a', 1);
    yield* cloud.provision(5, 'b', 2);
    expect(yield* cloud.release(5, 'r', 2)).toMatchObject({ status: 'ok', value: { released: 1 } });
    expect(codeOf(yield* cloud.provision(5, 'late', 1))).toBe('released');
  });
  expect(state.balancers.map(({ generation }) => generation)).toEqual([2]);
});

test('what it has answered survives a loss of power, seals and operations included', () => {
  const faults: Fault[] = [{ at: seconds(1), do: 'crash', target: 'cloud', for: ms(500) }];
  const { reported, state } = withCloud(
    function* (cloud, os) {
      const first = yield* cloud.provision(5, 'a');
      yield* cloud.seal(7);
      yield* os.sleep(seconds(2));
      expect(codeOf(yield* cloud.provision(5, 'b', 2))).toBe('fenced');
      expect(yield* cloud.provision(7, 'a')).toEqual(first);
    },
    { faults },
  );
  expect(state).toMatchObject({ seals: { provisioner: 7 }, balancers: [{ owner: 'u1', generation: 1 }] });
  expect(new Set(reported.map(({ sequence }) => sequence)).size).toBe(2);
});

test('an action that became durable without an answer is reported after the restart', () => {
  // The process dies while its disk is stalled; the machine goes on writing.
  const faults: Fault[] = [
    { at: ms(400), do: 'stall-disk', target: 'cloud', for: ms(400) },
    { at: ms(600), do: 'kill', target: 'cloud', for: ms(400) },
  ];
  const { reported, state } = withCloud(
    function* (cloud, os) {
      yield* os.sleep(ms(500));
      expect(codeOf(yield* cloud.provision(5, 'a'))).toBe('unknown');
      yield* os.sleep(seconds(1));
      expect(codeOf(yield* cloud.provision(5, 'a'))).toBe('ok');
    },
    { faults },
  );
  expect(reported.map(({ action }) => action)).toEqual(['provision']);
  expect(state.balancers).toHaveLength(1);
});

test('what it has accepted is durable before it says so, whenever it died', () => {
  for (let at = ms(536); at < ms(541); at += 200) {
    let durable = 0;
    const early: number[] = [];
    // It dies just after the record went into the page cache, perhaps before it could ask for the sync.
    const faults: Fault[] = [{ at, do: 'kill', target: 'cloud', for: ms(1) }];
    const { reported } = withCloud(
      function* (cloud, os) {
        yield* os.sleep(ms(500));
        yield* cloud.provision(5, 'a');
      },
      {
        faults,
        observer: {
          durable: (_process, _file, first, records) => void (durable = first + records.length),
          crossed: (_process, what, entry) =>
            void (
              what === acceptedBoundary &&
              (entry as AcceptedAction).sequence > durable &&
              early.push((entry as AcceptedAction).sequence)
            ),
        },
      },
    );
    expect({ at, early }).toEqual({ at, early: [] });
    expect(new Set(reported.map(({ sequence }) => sequence)).size).toBeLessThanOrEqual(1);
  }
});

test('nobody is told of what a power loss may yet take back', () => {
  const faults: Fault[] = [{ at: ms(500), do: 'stall-disk', target: 'cloud', for: ms(2_000) }];
  withCloud(
    function* (cloud, os) {
      yield* cloud.provision(5, 'a');
      yield* os.sleep(ms(600) - os.monotonicUs());
      expect(yield* cloud.balancers()).toMatchObject({ status: 'ok', value: { balancers: [{ resource: 'lb-1' }] } });
      expect(codeOf(yield* cloud.provision(4, 'b'))).toBe('fenced');
      os.spawn('seal', cloud.seal(9));
      os.spawn('provision', cloud.provision(9, 'b', 2));
      yield* os.sleep(ms(10));
      const asked = [cloud.balancers(), cloud.provision(5, 'c', 3)];
      const answers: string[] = [];
      for (const each of asked) os.spawn('ask', each, (outcome: CallOutcome<unknown>) => answers.push(codeOf(outcome)));
      yield* os.sleep(seconds(1.1));
      expect(answers).toEqual(['unknown', 'unknown']);
      yield* os.sleep(seconds(1));
      expect(yield* cloud.balancers()).toMatchObject({ value: { balancers: [{ resource: 'lb-1' }, { resource: 'lb-3' }] } });
    },
    { faults },
  );
});

test('without seals it takes what comes', () => {
  withCloud(
    function* (cloud) {
      yield* cloud.provision(9, 'a');
      expect(codeOf(yield* cloud.provision(5, 'b', 2))).toBe('ok');
    },
    { defects: ['no-seal'] },
  );
});

describe('volumes', () => {
  const volumes = { volumes: true };

  test('one is attached to one node at a time, each time under a newer epoch', () => {
    const { state } = withCloud(
      function* (cloud) {
        yield* cloud.volume(5, 'a');
        expect(yield* cloud.attach(5, 'w1', 'n1')).toMatchObject({ value: { epoch: 1 } });
        expect(codeOf(yield* cloud.attach(5, 'w2', 'n2'))).toBe('attached');
        yield* cloud.detach(5, 'w1');
        expect(yield* cloud.attach(5, 'w2', 'n2')).toMatchObject({ value: { epoch: 2 } });
      },
      { design: volumes },
    );
    expect(state.disks).toMatchObject([{ resource: 'vol-1', owner: 'u1', attachment: { node: 'n2', workload: 'w2', epoch: 2 } }]);
  });

  test('the same operation twice does nothing the second time', () => {
    const { reported } = withCloud(
      function* (cloud) {
        for (let again = 0; again < 2; again++) {
          expect(yield* cloud.volume(5, 'a')).toMatchObject({ value: { resource: 'vol-1' } });
        }
        for (let again = 0; again < 2; again++) expect(yield* cloud.attach(5, 'w1', 'n1')).toMatchObject({ value: { epoch: 1 } });
        for (let again = 0; again < 2; again++) expect(codeOf(yield* cloud.detach(5, 'w1'))).toBe('ok');
        for (let again = 0; again < 2; again++) expect(codeOf(yield* cloud.release(5, 'r', 2))).toBe('ok');
      },
      { design: volumes },
    );
    expect(reported.map(({ action }) => action)).toEqual(['provision', 'attach', 'detach', 'release']);
  });

  test('an old operation that comes late changes nothing', () => {
    const { reported, state } = withCloud(
      function* (cloud) {
        yield* cloud.volume(5, 'a');
        yield* cloud.attach(5, 'w1', 'n1');
        yield* cloud.detach(5, 'w1');
        // Once detached from a workload, it is not attached for it again, whoever asks.
        expect(codeOf(yield* cloud.attach(5, 'w1', 'n1'))).toBe('superseded');
        yield* cloud.attach(5, 'w2', 'n2');
        expect(codeOf(yield* cloud.detach(5, 'w1'))).toBe('ok');
        yield* cloud.seal(9);
        expect(codeOf(yield* cloud.detach(5, 'w2'))).toBe('fenced');
        expect(codeOf(yield* cloud.attach(5, 'w3', 'n3'))).toBe('fenced');
      },
      { design: volumes },
    );
    expect(reported.map(({ action }) => action)).toEqual(['provision', 'attach', 'detach', 'attach', 'seal']);
    expect(state.disks).toMatchObject([{ attachment: { workload: 'w2', epoch: 2 } }]);
  });

  test('none is given back while it is attached, and none is made for an owner whose volume was', () => {
    const { state } = withCloud(
      function* (cloud) {
        yield* cloud.volume(5, 'a');
        yield* cloud.attach(5, 'w1', 'n1');
        expect(codeOf(yield* cloud.release(5, 'r', 2))).toBe('attached');
        yield* cloud.detach(5, 'w1');
        expect(codeOf(yield* cloud.release(5, 'r', 2))).toBe('ok');
        expect(codeOf(yield* cloud.volume(5, 'b'))).toBe('released');
        expect(codeOf(yield* cloud.attach(5, 'w2', 'n2'))).toBe('not-found');
        expect(codeOf(yield* cloud.detach(5, 'w2'))).toBe('ok');
      },
      { design: volumes },
    );
    expect(state.disks).toEqual([]);
  });

  test('writes come from the node that it is attached to, in their order and once each', () => {
    const { written } = withCloud(
      function* (cloud) {
        yield* cloud.volume(5, 'a');
        yield* cloud.attach(5, 'w1', 'n1');
        expect(codeOf(yield* cloud.write('n1', 1, 1))).toBe('ok');
        expect(codeOf(yield* cloud.write('n1', 1, 1))).toBe('ok');
        expect(codeOf(yield* cloud.write('n1', 1, 3))).toBe('gap');
        expect(codeOf(yield* cloud.write('n2', 1, 2))).toBe('not-attached');
        yield* cloud.detach(5, 'w1');
        yield* cloud.attach(5, 'w2', 'n1');
        expect(codeOf(yield* cloud.write('n1', 1, 2))).toBe('not-attached');
        expect(codeOf(yield* cloud.write('n1', 2, 2))).toBe('ok');
      },
      { design: volumes },
    );
    expect(written.map(({ number, epoch }) => [number, epoch])).toEqual([
      [1, 1],
      [2, 2],
    ]);
  });

  test('attachments and what was written survive a crash', () => {
    const faults: Fault[] = [{ at: ms(1_000), do: 'crash', target: 'cloud', for: ms(500) }];
    withCloud(
      function* (cloud, os) {
        yield* cloud.volume(5, 'a');
        yield* cloud.attach(5, 'w1', 'n1');
        yield* cloud.write('n1', 1, 1);
        yield* os.sleep(seconds(2));
        expect(yield* cloud.read('n1', 1)).toMatchObject({ value: { length: 1 } });
        expect(codeOf(yield* cloud.attach(5, 'w2', 'n2'))).toBe('attached');
      },
      { design: volumes, faults },
    );
  });

  test('nobody is told of writes, or of a detachment, that a power loss may yet take back', () => {
    withCloud(
      function* (cloud, os) {
        yield* cloud.volume(5, 'a');
        yield* cloud.attach(5, 'w1', 'n1');
        yield* cloud.write('n1', 1, 1);
        yield* os.sleep(ms(600) - os.monotonicUs());
        expect(yield* cloud.read('n1', 1)).toMatchObject({ status: 'ok', value: { length: 1 } });
        os.spawn('write', cloud.write('n1', 1, 2));
        yield* os.sleep(ms(10));
        const answers: string[] = [];
        const ask = (asked: Co<CallOutcome<unknown>>): unknown =>
          os.spawn('ask', asked, (outcome) => answers.push(codeOf(outcome)));
        ask(cloud.read('n1', 1));
        ask(cloud.write('n1', 1, 4));
        yield* os.sleep(ms(10));
        os.spawn('detach', cloud.detach(5, 'w1'));
        yield* os.sleep(ms(10));
        ask(cloud.read('n1', 1));
        yield* os.sleep(seconds(1.1));
        expect(answers).toEqual(['unknown', 'unknown', 'unknown']);
      },
      { design: volumes, faults: [{ at: ms(500), do: 'stall-disk', target: 'cloud', for: ms(2_000) }] },
    );
  });

  test('defect volume-takes-writes-of-anybody: an old attachment is as good as the new one', () => {
    const { written } = withCloud(
      function* (cloud) {
        yield* cloud.volume(5, 'a');
        yield* cloud.attach(5, 'w1', 'n1');
        yield* cloud.detach(5, 'w1');
        yield* cloud.attach(5, 'w2', 'n2');
        expect(codeOf(yield* cloud.write('n1', 1, 1))).toBe('ok');
      },
      { design: volumes, defects: ['volume-takes-writes-of-anybody'] },
    );
    expect(written).toHaveLength(1);
  });
});
