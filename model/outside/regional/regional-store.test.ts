import { describe, expect, test } from 'vitest';
import {
  createRun,
  ms,
  seconds,
  threeRegions,
  type CallOutcome,
  type Co,
  type Fault,
  type Os,
  type Run,
} from '../../../sim/index.ts';
import { regionalStoreOf } from '../../api/stores.ts';
import { defaultDesign } from '../../design.ts';
import { StoreClient } from '../../store/client/client.ts';
import { compareNumber, put, range, txn } from '../../store/machine/requests.ts';
import { addRegionalStores } from './group.ts';
import { compareStamps, HybridClock, type Stamp } from './hybrid-clock.ts';
import type { RegionalStoreView } from './regional-store.ts';

type Script = (stores: Readonly<Record<'east' | 'west', StoreClient>>, os: Os) => Co<void>;

/** One client that talks to the stores of two regions. */
function withStores(body: Script, faults: readonly Fault[] = []): Run {
  let ended = false;
  const regions = ['east', 'west', 'north'] as const;
  const run = createRun({
    seed: 5,
    topology: threeRegions(regions),
    faults,
    properties: [],
    healAtUs: seconds(6),
    endUs: seconds(10),
    build: (world) => {
      addRegionalStores(world, regions, defaultDesign, new Set());
      const boot = (os: Os) => ({
        start: () => {
          const stores = {
            east: new StoreClient(os, [regionalStoreOf('east')], defaultDesign),
            west: new StoreClient(os, [regionalStoreOf('west')], defaultDesign),
          };
          os.spawn('script', body(stores, os), () => (ended = true));
        },
      });
      world.process({ name: 'script', region: 'east', boot });
    },
  });
  if (run.advance() === 'crashed') throw run.failure?.error;
  expect(ended).toBe(true);
  return run;
}

const statusOf = (outcome: CallOutcome<unknown>): string => (outcome.status === 'refused' ? outcome.code : outcome.status);

function* valueAt(store: StoreClient, key: string): Co<string | null> {
  const outcome = yield* store.range(range(key));
  return outcome.status === 'ok' ? (outcome.value.kvs[0]?.value ?? null) : statusOf(outcome);
}

test('a write is seen in the other regions after a while, and not before', () => {
  withStores(function* ({ east, west }, os) {
    yield* east.put(put('k', 'a'));
    expect(yield* valueAt(east, 'k')).toBe('a');
    expect(yield* valueAt(west, 'k')).toBe(null);
    yield* os.sleep(ms(600));
    expect(yield* valueAt(west, 'k')).toBe('a');
  });
});

test('regions that are cut off from each other both acknowledge, and the later write wins', () => {
  const faults: Fault[] = [{ at: ms(100), do: 'partition', from: 'regionalstore-east', to: 'regionalstore-*', for: seconds(2) }];
  const run = withStores(function* ({ east, west }, os) {
    yield* os.sleep(ms(500));
    const ifNew = txn([compareNumber('k', 'create', '=', 0)], [put('k', 'east')]);
    expect((yield* east.txn(ifNew)).status).toBe('ok');
    expect(yield* west.txn({ ...ifNew, success: [put('k', 'west')] })).toMatchObject({
      status: 'ok',
      value: { succeeded: true },
    });
    yield* os.sleep(seconds(4));
    expect(yield* valueAt(east, 'k')).toBe('west');
    expect(yield* valueAt(west, 'k')).toBe('west');
  }, faults);
  const views = ['east', 'west', 'north'].map(
    (region) => (run.inspect(regionalStoreOf(region)).program as RegionalStoreView).versions,
  );
  expect(views[1]).toEqual(views[0]);
  expect(views[2]).toEqual(views[0]);
});

test('what was acknowledged survives a loss of power, and a log that was rewritten', () => {
  withStores(
    function* ({ east }, os) {
      for (let n = 1; n <= 500; n++) yield* east.put(put(`k${n % 7}`, String(n)));
      yield* os.sleep(seconds(3));
      expect(yield* valueAt(east, 'k3')).toBe('500');
    },
    [{ at: seconds(3), do: 'crash', target: 'regionalstore-east', for: ms(300) }],
  );
});

test('who was refused for want of space waits for nothing any more', () => {
  const run = withStores(
    function* ({ east }, os) {
      yield* os.sleep(ms(500));
      for (let n = 1; n <= 20; n++) expect(statusOf(yield* east.put(put('k', String(n))))).toBe('unavailable');
      yield* os.sleep(seconds(3));
      expect(statusOf(yield* east.put(put('k', 'a')))).toBe('ok');
    },
    [{ at: ms(100), do: 'fill-disk', target: 'regionalstore-east', for: seconds(3) }],
  );
  expect((run.inspect('regionalstore-east').program as RegionalStoreView).waiting).toBe(0);
});

describe('a hybrid clock', () => {
  test('stays above what it has seen, though its wall clock is behind', () => {
    let wallUs = 1_000;
    const clock = new HybridClock('east', () => wallUs, false);
    const seen: Stamp = { timeUs: 5_000, count: 3, region: 'west' };
    clock.saw(seen);
    const first = clock.next();
    const second = clock.next();
    expect(compareStamps(first, seen)).toBeGreaterThan(0);
    expect(compareStamps(second, first)).toBeGreaterThan(0);
    wallUs = 9_000;
    expect(clock.next()).toEqual({ timeUs: 9_000, count: 0, region: 'east' });
  });
});
