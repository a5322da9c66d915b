import { expect, test } from 'vitest';
import { Channel, createRun, kind, ms, seconds, threeRegions, type Boot, type Co } from '../../../sim/index.ts';
import { defaultDesign } from '../../design.ts';
import { putMethod, watchStreamMethod, watchStreamRequestMethod } from './methods.ts';
import { put } from '../machine/requests.ts';
import { storeMember } from './member.ts';
import { watchRequest, type WatchStreamRequest } from '../watch/watch-requests.ts';

const beginKind = kind<null>('test/begin', { serviceUs: 1 });

test('a member serves many watches on one stream, and their requests are answered there', () => {
  const members = new Map([[1, 'store-1']]);
  const seen: string[] = [];
  const boot: Boot = (os) => {
    const channel = new Channel(os, ['store-1']);
    function* script(): Co<void> {
      yield* os.sleep(seconds(3));
      const stream = channel.stream(watchStreamMethod, { stream: 'mine' })!;
      const ask = (request: WatchStreamRequest) =>
        channel.call(watchStreamRequestMethod, { stream: 'mine', request }, seconds(1));
      yield* ask({ type: 'create', watch: watchRequest('a') });
      yield* ask({ type: 'create', watch: watchRequest('b', { watchId: 7 }) });
      for (const key of ['a', 'b']) yield* channel.call(putMethod, { id: key, request: put(key, '') }, seconds(1));
      yield* ask({ type: 'progress' });
      yield* ask({ type: 'cancel', watchId: 7 });
      for (;;) {
        const next = yield* stream.next(ms(500));
        if (next.type !== 'item') break;
        const { watchId, revision, created, canceled, events } = next.item;
        seen.push(
          `${watchId} at ${revision}${created ? ' created' : ''}${canceled ? ' canceled' : ''}${events.map(({ kv }) => ` ${kv.key}`).join('')}`,
        );
      }
    }
    return { start: () => void os.after(0, beginKind, () => void os.spawn('script', script())) };
  };
  const run = createRun({
    seed: 1,
    topology: threeRegions(),
    faults: [],
    properties: [],
    healAtUs: seconds(9),
    endUs: seconds(10),
    build(world) {
      world.process({
        name: 'store-1',
        region: 'east',
        boot: storeMember({ id: 1, members, design: defaultDesign, defects: new Set() }),
      });
      world.process({ name: 'client', region: 'east', boot });
    },
  });
  run.advance();
  expect(run.failure?.error).toBeUndefined();
  expect(seen).toEqual(['0 at 1 created', '7 at 1 created', '0 at 2 a', '7 at 3 b', '-1 at 3', '7 at 3 canceled']);
});
