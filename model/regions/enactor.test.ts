import { expect, test } from 'vitest';
import { Channel, ms, seconds, type Boundary, type Co, type Fault, type Kind, type Micros, type Os } from '../../sim/index.ts';
import type { ApiClient } from '../api/client/api-client.ts';
import { apiNames, controlPlane, runThrough, script } from '../api/testing/world.ts';
import { dnsProvider, type DnsView } from '../outside/dns/dns.ts';
import { activateMethod, putPlanMethod, releaseNameMethod, zoneBoundary, type ZoneAction } from '../outside/dns/methods.ts';
import { enactor } from './enactor.ts';

const END_US: Micros = seconds(20);

interface Options {
  readonly faults?: readonly Fault[];
  readonly defects?: readonly string[];
  /** Where they are; in the east and in the west when absent. */
  readonly regions?: readonly string[];
}

interface Seen {
  /** What the zone did, in order: the number of the plan in force after each activation, and of each that was deleted. */
  readonly activated: readonly number[];
  readonly deleted: readonly number[];
  /** Of those, the ones that were in force then. */
  readonly deletedInForce: readonly number[];
  /** When each of `activated` came into force. */
  readonly activatedUs: readonly Micros[];
  /** Requests for a record set. */
  readonly puts: number;
  readonly dns: DnsView;
  readonly enactors: readonly { readonly applied: number; readonly deleted: number }[];
}

/** Enactors, the provider's DNS, and a client in the place of the planner. */
function enact(
  ask: (api: ApiClient, os: Os) => Co<void>,
  { faults = [], defects = [], regions = ['east', 'west'] }: Options = {},
): Seen {
  const run = controlPlane({
    faults,
    endUs: END_US,
    processes: (design) => {
      const boot = enactor({ design, defects: new Set(defects), apiEndpoints: apiNames, dns: 'dns-north' });
      const enactors = Object.fromEntries(regions.map((region) => [`enactor-${region}`, boot]));
      return { 'dns-north': dnsProvider(), ...enactors, 'client-east': script(ask, seconds(4)) };
    },
  });
  const actions: (ZoneAction & { readonly atUs: Micros })[] = [];
  let puts = 0;
  run.observe({
    crossed: (_, what, body) =>
      void (what === (zoneBoundary as Boundary) && actions.push({ ...(body as ZoneAction), atUs: run.nowUs })),
    sent: (_, _to, what) => void (what === (putPlanMethod.request as Kind) && puts++),
  });
  runThrough(run);
  const of = (what: ZoneAction['action']) => actions.filter(({ action }) => action === what);
  return {
    activated: of('activate').map(({ number }) => number),
    deleted: of('delete').map(({ number }) => number),
    deletedInForce: actions.flatMap(({ action, number }, at) =>
      action === 'delete' && actions.slice(0, at).findLast((each) => each.action === 'activate')?.number === number
        ? [number]
        : [],
    ),
    activatedUs: of('activate').map(({ atUs }) => atUs),
    puts,
    dns: run.inspect('dns-north').program as DnsView,
    enactors: regions.map((region) => run.inspect(`enactor-${region}`).program as Seen['enactors'][number]),
  };
}

function* publish(api: ApiClient, ...numbers: readonly number[]): Co<void> {
  for (const number of numbers)
    yield* api.create('DnsPlan', `shop-${number}`, { service: 's1', record: 'shop', number, targets: ['east'] });
}

const sorted = (numbers: readonly number[]): readonly number[] => [...numbers].sort((a, b) => a - b);

test('each newer plan comes into force once, whoever of the two is first', () => {
  const { activated, enactors } = enact(function* (api, os) {
    for (const number of [1, 2, 3]) {
      yield* publish(api, number);
      yield* os.sleep(seconds(1));
    }
  });
  expect(activated).toEqual([1, 2, 3]);
  expect(enactors.reduce((sum, { applied }) => sum + applied, 0)).toBe(3);
});

test('of plans that come late together only the newest comes into force, and one that comes after a newer one never does', () => {
  const { activated } = enact(
    function* (api, os) {
      // In the order of their names the newer one comes first.
      yield* publish(api, 9, 10);
      yield* os.sleep(seconds(8));
      yield* publish(api, 8);
    },
    { faults: [{ at: seconds(1), do: 'partition', from: 'enactor-*', to: 'api-*', for: seconds(6) }] },
  );
  expect(activated).toEqual([10]);
});

/** What west says to put plan 2 into force is under way for long, and plan 3 comes into force meanwhile. */
const lateWord: Fault = {
  at: seconds(6),
  do: 'delay',
  from: 'enactor-west',
  to: 'dns-north',
  oneWay: true,
  byUs: ms(1_700),
  kind: 'dns/activate',
  for: ms(900),
};

function* threePlans(api: ApiClient, os: Os): Co<void> {
  yield* publish(api, 1);
  yield* os.sleep(seconds(6.2) - os.monotonicUs());
  yield* publish(api, 2);
  yield* os.sleep(seconds(7) - os.monotonicUs());
  yield* publish(api, 3);
}

test('an enactor that is late never puts an older plan into force over a newer one, but for defect dns-applied-unconditionally', () => {
  expect(enact(threePlans, { faults: [lateWord] }).activated).toEqual([1, 2, 3]);
  const { activated } = enact(threePlans, { faults: [lateWord], defects: ['dns-applied-unconditionally'] });
  expect(activated.slice(activated.indexOf(3))).toContain(2);
});

test('an enactor that has not heard of the newer plan leaves it in force', () => {
  const { activated } = enact(
    function* (api, os) {
      yield* publish(api, 1);
      yield* os.sleep(seconds(2));
      yield* publish(api, 2);
    },
    { faults: [{ at: seconds(5.5), do: 'partition', from: 'enactor-east', to: 'api-*', for: seconds(13) }] },
  );
  expect(activated).toEqual([1, 2]);
});

test('old plans are cleared away, and one is left behind the newest', () => {
  const { deleted, dns } = enact(function* (api, os) {
    for (const number of [1, 2, 3, 4]) {
      yield* publish(api, number);
      yield* os.sleep(seconds(1));
    }
  });
  expect(sorted(deleted)).toEqual([1, 2]);
  expect(dns.entries).toMatchObject([{ active: 4, plans: [3, 4] }]);
});

/** Four plans, and an enactor of somebody else's that puts the first one back into force, late and unconditionally. */
function* putBack(api: ApiClient, os: Os): Co<void> {
  yield* publish(api, 1, 2, 3, 4);
  // Between two times at which old plans are cleared away.
  yield* os.sleep(seconds(6.2) - os.monotonicUs());
  const channel = new Channel(os, ['dns-north']);
  yield* channel.call(putPlanMethod, { service: 's1', record: 'shop', number: 1, targets: ['east'] }, seconds(1));
  yield* channel.call(activateMethod, { service: 's1', number: 1, expected: null }, seconds(1));
}

test('the plan in force is not cleared away, however old it is; at the next resync the newest one is put into force again', () => {
  const { deletedInForce, activated, dns } = enact(putBack);
  expect(deletedInForce).toEqual([]);
  expect(activated.slice(-2)).toEqual([1, 4]);
  expect(dns.entries).toMatchObject([{ active: 4, plans: [3, 4] }]);
});

test('defect dns-cleanup-deletes-active: it is, and the name leads nowhere', () => {
  expect(enact(putBack, { defects: ['dns-cleanup-deletes-active'] }).deletedInForce).toEqual([1]);
});

test('a provider that is away for a while is asked again', () => {
  const { activated, activatedUs } = enact(
    function* (api) {
      yield* publish(api, 1);
    },
    { faults: [{ at: seconds(3), do: 'crash', target: 'dns-north', for: seconds(4) }] },
  );
  expect(activated).toEqual([1]);
  expect(activatedUs[0]).toBeLessThan(seconds(10));
});

test('a plan that is there and not in force, because the provider was gone in between, is put into force soon', () => {
  const ask = function* (api: ApiClient, os: Os): Co<void> {
    // A resync, which would have it look again, is some seconds away.
    yield* os.sleep(seconds(6) - os.monotonicUs());
    yield* publish(api, 1);
  };
  const regions = ['west'];
  const [undisturbedUs = 0] = enact(ask, { regions }).activatedUs;
  const { activated, activatedUs } = enact(ask, {
    regions,
    faults: [{ at: undisturbedUs - ms(10), do: 'crash', target: 'dns-north', for: ms(300) }],
  });
  expect(activated).toEqual([1]);
  expect(activatedUs[0]).toBeLessThan(undisturbedUs + seconds(2));
});

test('what it knows it enacts while the control plane is gone', () => {
  const { activated, activatedUs } = enact(
    function* (api) {
      yield* publish(api, 1);
    },
    {
      faults: [
        { at: seconds(3), do: 'isolate', target: 'dns-north', for: seconds(5) },
        { at: seconds(6), do: 'crash', target: 'api-*', for: seconds(13) },
      ],
    },
  );
  expect(activated).toEqual([1]);
  expect(activatedUs[0]).toBeLessThan(seconds(12));
});

test('a plan for a name that was released is nothing that is left to be done', () => {
  const { dns, activated, puts } = enact(function* (api, os) {
    const channel = new Channel(os, ['dns-north']);
    yield* channel.call(releaseNameMethod, { service: 's1' }, seconds(1));
    yield* publish(api, 1);
    yield* os.sleep(seconds(1));
    yield* api.create('DnsPlan', 'other-1', { service: 's2', record: 'other', number: 1, targets: ['west'] });
  });
  expect(activated).toEqual([1]);
  expect(dns.entries).toMatchObject([{ service: 's2', active: 1 }]);
  // Not at all times, but whenever there is news.
  expect(puts).toBeLessThan(20);
});

test('a plan that comes while it puts another into force comes into force right after it', () => {
  const { activated, activatedUs } = enact(
    function* (api, os) {
      yield* publish(api, 1);
      yield* os.sleep(ms(40));
      yield* publish(api, 2);
    },
    { regions: ['east'] },
  );
  expect(activated).toEqual([1, 2]);
  expect((activatedUs[1] as Micros) - (activatedUs[0] as Micros)).toBeLessThan(seconds(1));
});
