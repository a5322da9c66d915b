import { expect, test } from 'vitest';
import { createRun, ms, RpcServer, seconds, threeRegions, type Boot, type Co } from '../../sim/index.ts';
import { defaultDesign } from '../design.ts';
import { StoreClient } from './client.ts';
import { watchMethod } from './methods.ts';

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
      const following = os.spawn('follow', client.watchFrom({ key: 'a', rangeEnd: '', startRevision: 1 }, goOn));
      os.spawn('cancel', os.sleep(ms(500)), () => following.cancel());
    },
  });
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
  expect(heard).toEqual(['closed at true']);
});
