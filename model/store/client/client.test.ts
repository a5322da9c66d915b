import { expect, test } from 'vitest';
import { createRun, ms, RpcServer, seconds, threeRegions, type Boot, type Co, type Run } from '../../../sim/index.ts';
import { defaultDesign } from '../../design.ts';
import { StoreClient } from './client.ts';
import { rangeMethod, watchMethod, watchProgressMethod } from '../member/methods.ts';
import { range } from '../machine/requests.ts';
import { watchRequest } from '../watch/watch-requests.ts';

test('a member hears at once that the coroutine which followed a watch was cancelled', () => {
  const heard: string[] = [];
  const member: Boot = (os) => {
    const server = new RpcServer();
    server.handleStream(watchMethod, () => ({ closed: () => void heard.push(`closed at ${os.monotonicUs() < ms(600)}`) }));
    return { start: () => undefined, accept: (connection) => server.accept(connection) };
  };
  const consumer: Boot = (os) => ({
    start() {
      const client = new StoreClient(os, ['member'], defaultDesign);
      function* goOn(): Co<boolean> {
        yield* os.sleep(1);
        return true;
      }
      const following = os.spawn('follow', client.watchFrom(watchRequest('a', { startRevision: 1 }), goOn));
      os.spawn('cancel', os.sleep(ms(500)), () => following.cancel());
    },
  });
  runOf(member, consumer);
  expect(heard).toEqual(['closed at true']);
});

test('a recorded call whose caller is cancelled stands in the history as unknown', () => {
  const member: Boot = () => {
    const server = new RpcServer();
    server.handle(rangeMethod, () => undefined);
    return { start: () => undefined, accept: (connection) => server.accept(connection) };
  };
  const consumer: Boot = (os) => ({
    start() {
      const client = new StoreClient(os, ['member'], defaultDesign, { recorded: true });
      const asking = os.spawn('ask', client.range(range('a')));
      os.spawn('cancel', os.sleep(ms(500)), () => asking.cancel());
    },
  });
  const { operations } = runOf(member, consumer).history;
  expect(operations).toMatchObject([{ client: 'consumer', name: 'store/range', status: 'info', output: 'cancelled' }]);
});

test('who waits for the progress of a watch asks for it, however little time a request has', () => {
  let asked = 0;
  const member: Boot = () => {
    const server = new RpcServer();
    server.handleStream(watchMethod, (request, stream) => {
      const { key, rangeEnd, prevKv, noPut, noDelete } = request;
      stream.push({
        type: 'created',
        watch: { id: 'watch', key, rangeEnd, firstRevision: 1, prevKv, noPut, noDelete },
        revision: 1,
      });
      return {};
    });
    server.handle(watchProgressMethod, () => void asked++);
    return { start: () => undefined, accept: (connection) => server.accept(connection) };
  };
  const consumer: Boot = (os) => ({
    start() {
      const client = new StoreClient(os, ['member'], { ...defaultDesign, storeRequestUs: ms(80) });
      os.spawn('wait', client.watchUntil(watchRequest('a'), 5));
    },
  });
  runOf(member, consumer);
  expect(asked).toBeGreaterThan(0);
});

test('a member that tells of no progress is left once, however many wait for it', () => {
  const member: Boot = (os) => {
    const server = new RpcServer();
    server.handleStream(watchMethod, (request, stream) => {
      const { key, rangeEnd, prevKv, noPut, noDelete } = request;
      const watch = { id: os.name, key, rangeEnd, firstRevision: 1, prevKv, noPut, noDelete };
      stream.push({ type: 'created', watch, revision: 1 });
      if (os.name !== 'silent') stream.push({ type: 'progress', watch, revision: 5 });
      return {};
    });
    server.handle(watchProgressMethod, () => undefined);
    return { start: () => undefined, accept: (connection) => server.accept(connection) };
  };
  const toldUs: number[] = [];
  const run = createRun({
    seed: 1,
    topology: threeRegions(),
    faults: [],
    properties: [],
    healAtUs: seconds(8),
    endUs: seconds(10),
    build: (world) => {
      for (const name of ['silent', 'second', 'third']) world.process({ name, region: 'east', boot: member });
      world.process({
        name: 'consumer',
        region: 'east',
        boot: (os) => ({
          start() {
            const client = new StoreClient(os, ['silent', 'second', 'third'], defaultDesign);
            for (let n = 0; n < 3; n++)
              os.spawn('wait', client.watchUntil(watchRequest('a'), 5), () => toldUs.push(os.monotonicUs()));
          },
        }),
      });
    },
  });
  expect(run.advance()).toBe('ok');
  expect(toldUs).toHaveLength(3);
  expect(Math.max(...toldUs)).toBeLessThan(seconds(4));
});

function runOf(member: Boot, consumer: Boot): Run {
  const run = createRun({
    seed: 1,
    topology: threeRegions(),
    faults: [],
    properties: [],
    healAtUs: seconds(1),
    endUs: seconds(2),
    build: (world) => {
      world.process({ name: 'member', region: 'east', boot: member });
      world.process({ name: 'consumer', region: 'east', boot: consumer });
    },
  });
  expect(run.advance()).toBe('ok');
  return run;
}
