import { expect, test } from 'vitest';
import { RpcServer, seconds, type Boot, type Co, type Fault, type Micros, type Os, type Run } from '../../sim/index.ts';
import { ApiClient } from '../api/client/api-client.ts';
import { Informer } from '../api/client/informer.ts';
import { apiNames, controlPlane, runThrough, script } from '../api/testing/world.ts';
import { workloadSpec } from '../api/testing/objects.ts';
import type { Backend, Primary, Service } from '../api/resources/index.ts';
import { noDefects } from '../defect.ts';
import { defaultDesign } from '../design.ts';
import { reportMethod, type BackendReport } from '../regions/gateway-methods.ts';
import type { ControllerInspection } from './machinery/controller.ts';
import { failover } from './failover.ts';

const END_US: Micros = seconds(32);
/** When the tests' backends fall silent: long after the first of them was named. */
const SILENT_US: Micros = seconds(16);
const GATEWAYS = ['gateway-east', 'gateway-west', 'gateway-north'];
const { primaryDeadlineUs, failoverMarginPercent, failoverAfterUs } = defaultDesign;
const WAIT_US = (primaryDeadlineUs * (100 + failoverMarginPercent)) / 100;

/** The office of a service, as it stood from a moment on. */
interface Reign {
  readonly service: string;
  readonly atUs: Micros;
  /** Empty: nobody. */
  readonly workload: string;
  readonly epoch: number;
  readonly line: number;
}

interface Options {
  readonly faults?: readonly Fault[];
  readonly defects?: readonly string[];
  /** Whether a gateway sees a workload dead at that time; never when absent. */
  readonly dead?: (workload: string, gateway: string, nowUs: Micros) => boolean;
  /** Writes that a workload holds; 0 when absent. */
  readonly sequence?: (workload: string) => number;
}

interface Seen {
  readonly reigns: readonly Reign[];
  readonly run: Run;
}

/**
 * Two replicas of the controller, three gateways that report what the test says, and a client
 * in the place of all others who write.
 */
function offices(ask: (api: ApiClient, os: Os) => Co<void>, options: Options = {}): Seen {
  const { faults = [], defects = [], dead = () => false, sequence = () => 0 } = options;
  const reigns: Reign[] = [];
  /** Uids of those that have an office. */
  const services = new Set<string>();
  const looker =
    (gateway: string): Boot =>
    (os) => {
      const server = new RpcServer();
      const seen = (service: string, workload: string): BackendReport => ({
        service,
        workload,
        alive: !dead(workload, gateway, os.monotonicUs()),
        sequence: sequence(workload),
      });
      const workloads = ['w1', 'w2', 'w3', 'v1', 'v2'];
      server.handle(reportMethod, (_, reply) =>
        reply.ok({ backends: [...services].flatMap((service) => workloads.map((workload) => seen(service, workload))) }),
      );
      return { start: () => undefined, accept: (connection) => server.accept(connection) };
    };
  const run = controlPlane({
    faults,
    endUs: END_US,
    processes: (design) => {
      const boot = failover({ design, defects: new Set(defects), apiEndpoints: apiNames, gateways: GATEWAYS });
      const witness: Boot = (os) => {
        const changed = ({ metadata, spec }: Primary, gone: boolean): void => {
          const { workload, epoch, line } = spec;
          services.add(spec.service);
          const last = reigns.findLast(({ service }) => service === metadata.name);
          if (!gone && (last?.epoch !== epoch || last.workload !== workload))
            reigns.push({ service: metadata.name, atUs: os.monotonicUs(), workload, epoch, line });
        };
        const informer = new Informer(os, {
          kind: 'Primary',
          client: new ApiClient(os, apiNames, design),
          design,
          defects: noDefects,
          changed,
        });
        return { start: () => informer.start() };
      };
      return {
        'failover-east': boot,
        'failover-west': boot,
        'witness-east': witness,
        'client-east': script(ask, seconds(5)),
        ...Object.fromEntries(GATEWAYS.map((name) => [name, looker(name)])),
      };
    },
  });
  runThrough(run);
  return { reigns, run };
}

const told = ({ reigns }: Seen): readonly string[] =>
  reigns.map(({ service, workload, epoch }) => `${service}: ${workload === '' ? 'nobody' : workload} ${epoch}`);

const backend = (workload: string, region = 'east'): Backend => ({ workload, node: `node of ${workload}`, region });

/**
 * Declares a service with these backends, of which `inSync` follow closely once the first of them is in
 * office, as that one would say itself.
 */
function* serve(
  api: ApiClient,
  os: Os,
  name: string,
  backends: readonly Backend[],
  inSync: readonly string[],
): Co<Service | null> {
  const made = yield* api.create('Service', name, { deployment: name, mode: 'primary' });
  if (made.status !== 'ok') return null;
  yield* api.create('Endpoints', name, { service: made.value.metadata.uid, mode: 'primary', backends });
  for (;;) {
    yield* os.sleep(seconds(0.2));
    const found = yield* api.get('Primary', name);
    if (found.status !== 'ok' || found.value.spec.workload === '') continue;
    yield* follow(api, found.value, inSync);
    return made.value;
  }
}

function* follow(api: ApiClient, { metadata, spec }: Primary, inSync: readonly string[]): Co<void> {
  yield* api.update('Primary', metadata.name, metadata.resourceVersion, { spec: { ...spec, inSync } });
}

const three = ['w1', 'w2', 'w3'].map((workload) => backend(workload));

function* oneDatabase(api: ApiClient, os: Os): Co<void> {
  yield* serve(api, os, 'db', three, ['w1', 'w2', 'w3']);
}

/** What all gateways see from `SILENT_US` on. */
const silent =
  (...workloads: readonly string[]) =>
  (workload: string, _gateway: string, nowUs: Micros): boolean =>
    nowUs >= SILENT_US && workloads.includes(workload);

test('the first primary is named at once, under epoch 1, and stays while it lives', () => {
  const seen = offices(oneDatabase);
  expect(told(seen)).toEqual(['db: nobody 0', 'db: w1 1']);
  expect((seen.reigns[1]?.atUs ?? 0) - (seen.reigns[0]?.atUs ?? 0)).toBeLessThan(seconds(1));
});

test('who looks dead from all sides for long enough is replaced once, under the next epoch, and not before it has stopped by itself', () => {
  const seen = offices(oneDatabase, { dead: silent('w1') });
  expect(told(seen)).toEqual(['db: nobody 0', 'db: w1 1', 'db: nobody 1', 'db: w2 2']);
  const [, , vacated, filled] = seen.reigns;
  expect(vacated?.atUs).toBeGreaterThan(SILENT_US + failoverAfterUs);
  expect((filled?.atUs ?? 0) - (vacated?.atUs ?? 0)).toBeGreaterThanOrEqual(WAIT_US);
});

test('defect promote-without-waiting: the next one is named while the last may still hold the office', () => {
  const seen = offices(oneDatabase, { dead: silent('w1'), defects: ['promote-without-waiting'] });
  const [, , vacated, filled] = seen.reigns;
  expect(told(seen).at(-1)).toBe('db: w2 2');
  expect((filled?.atUs ?? 0) - (vacated?.atUs ?? 0)).toBeLessThan(primaryDeadlineUs);
});

test('whoever leads next does not count on the waiting of the leader before it', () => {
  const undisturbed = offices(oneDatabase, { dead: silent('w1') });
  const vacatedUs = undisturbed.reigns[2]?.atUs ?? 0;
  const faults = ['failover-east', 'failover-west'].map((target): Fault => ({
    at: vacatedUs + seconds(0.5),
    do: 'crash',
    target,
    for: seconds(2),
  }));
  const seen = offices(oneDatabase, { dead: silent('w1'), faults });
  expect(told(seen)).toEqual(told(undisturbed));
  expect(seen.reigns[3]?.atUs).toBeGreaterThanOrEqual(vacatedUs + seconds(2.5) + WAIT_US);
});

test('one gateway that sees it dead is not enough, unless by defect failover-by-one-vantage-point', () => {
  const dead = (workload: string, gateway: string, nowUs: Micros): boolean =>
    gateway === 'gateway-north' && silent('w1')(workload, gateway, nowUs);
  expect(told(offices(oneDatabase, { dead }))).toEqual(['db: nobody 0', 'db: w1 1']);
  expect(told(offices(oneDatabase, { dead, defects: ['failover-by-one-vantage-point'] })).at(-1)).toBe('db: w2 2');
});

test('who looks dead for a moment keeps the office, however often', () => {
  const dead = (workload: string, _gateway: string, nowUs: Micros): boolean =>
    workload === 'w1' && nowUs >= SILENT_US && (nowUs - SILENT_US) % seconds(4) < failoverAfterUs - seconds(0.5);
  expect(told(offices(oneDatabase, { dead }))).toEqual(['db: nobody 0', 'db: w1 1']);
});

test('of those who follow closely the one with the most writes inherits, and one who looks dead is the last choice', () => {
  const sequence = (workload: string): number => (workload === 'w3' ? 9 : 7);
  expect(told(offices(oneDatabase, { dead: silent('w1'), sequence })).at(-1)).toBe('db: w3 2');
  expect(told(offices(oneDatabase, { dead: silent('w1', 'w3'), sequence })).at(-1)).toBe('db: w2 2');
});

test('nobody inherits who does not follow closely, unless by defect promote-whoever-is-ready', () => {
  const alone = function* (api: ApiClient, os: Os): Co<void> {
    yield* serve(api, os, 'db', three, ['w1']);
  };
  expect(told(offices(alone, { dead: silent('w1') }))).toEqual(['db: nobody 0', 'db: w1 1']);
  expect(told(offices(alone, { dead: silent('w1'), defects: ['promote-whoever-is-ready'] })).at(-1)).toBe('db: w2 2');
});

const two = (region: string) =>
  function* (api: ApiClient, os: Os): Co<void> {
    yield* oneDatabase(api, os);
    yield* serve(api, os, 'other', [backend('v1', region), backend('v2', region)], ['v1', 'v2']);
  };

test('when primaries of two regions look dead at once nobody is replaced: it is rather those who look', () => {
  expect(told(offices(two('west'), { dead: silent('w1', 'v1') }))).toHaveLength(4);
});

test('when all primaries of one region look dead at once all are replaced, and none waits for another', () => {
  const { reigns } = offices(two('east'), { dead: silent('w1', 'v1') });
  const timesOf = (workload: string, epoch: number): readonly Micros[] =>
    reigns.flatMap((reign) => (reign.workload === workload && reign.epoch === epoch ? [reign.atUs] : []));
  const vacated = timesOf('', 1);
  expect(vacated).toHaveLength(2);
  expect((vacated[1] ?? 0) - (vacated[0] ?? 0)).toBeLessThan(seconds(0.5));
  expect((timesOf('v2', 2)[0] ?? END_US) - (timesOf('w2', 2)[0] ?? 0)).toBeLessThan(seconds(0.5));
});

test('an office that nobody can be given keeps no other from being given away', () => {
  const dead = (workload: string, gateway: string, nowUs: Micros): boolean =>
    silent('w1')(workload, gateway, nowUs) || (workload === 'v1' && nowUs >= SILENT_US + seconds(5));
  const seen = offices(
    function* (api, os) {
      const made = yield* api.create('Workload', 'second', workloadSpec());
      const second = made.status === 'ok' ? made.value.metadata.uid : '';
      const service = yield* serve(api, os, 'db', [backend('w1'), backend(second)], ['w1', second]);
      yield* serve(api, os, 'other', [backend('v1'), backend('v2')], ['v1', 'v2']);
      yield* os.sleep(SILENT_US + failoverAfterUs + seconds(2) - os.monotonicUs());
      yield* replaceBackends(api, service, 'w3');
    },
    { dead },
  );
  expect(told(seen).slice(-3)).toEqual(['db: nobody 1', 'other: nobody 1', 'other: v2 2']);
});

test('however soon the next one looks dead as well, no service gets another primary within the pause', () => {
  const inTurn = (workload: string, _gateway: string, nowUs: Micros): boolean =>
    nowUs >= SILENT_US && workload === (nowUs < SILENT_US + seconds(8) ? 'w1' : 'w2');
  const { reigns } = offices(
    function* (api, os) {
      yield* oneDatabase(api, os);
      while (os.monotonicUs() < END_US - seconds(2)) {
        yield* os.sleep(seconds(0.5));
        const found = yield* api.get('Primary', 'db');
        if (found.status === 'ok' && found.value.spec.inSync.length === 1) yield* follow(api, found.value, ['w1', 'w2', 'w3']);
      }
    },
    { dead: inTurn },
  );
  const named = reigns.findIndex(({ workload, epoch }) => workload === 'w2' && epoch === 2);
  const vacated = reigns[named + 1];
  expect(vacated).toMatchObject({ workload: '', epoch: 2 });
  expect((vacated?.atUs ?? 0) - (reigns[named]?.atUs ?? 0)).toBeGreaterThanOrEqual(defaultDesign.failoverPauseUs);
});

/** Publishes other backends, so that the one in office is none of them any more. */
function* replaceBackends(api: ApiClient, service: Service | null, ...workloads: readonly string[]): Co<void> {
  const spec = {
    service: service?.metadata.uid ?? '',
    mode: 'primary',
    backends: workloads.map((workload) => backend(workload)),
  } as const;
  yield* api.update('Endpoints', 'db', 0, { spec });
}

test('nor does it when the one in office comes and goes among the backends, unless it is being deleted', () => {
  const flapping = (deletes: boolean) =>
    function* (api: ApiClient, os: Os): Co<void> {
      const made = yield* api.create('Workload', 'first', workloadSpec({ node: 'node-1' }));
      const first = made.status === 'ok' ? made.value.metadata.uid : '';
      const service = yield* serve(api, os, 'db', [backend(first)], [first, 'w2']);
      if (deletes) yield* api.delete('Workload', 'first');
      yield* replaceBackends(api, service, 'w2');
      yield* os.sleep(seconds(2));
      yield* replaceBackends(api, service, first, 'w2');
    };
  expect(offices(flapping(false)).reigns.map(({ epoch }) => epoch)).toEqual([0, 1]);
  const deleted = offices(flapping(true)).reigns;
  expect(deleted.map(({ epoch }) => epoch)).toEqual([0, 1, 1, 2]);
  expect((deleted[2]?.atUs ?? END_US) - (deleted[1]?.atUs ?? 0)).toBeLessThan(seconds(2));
});

test('whoever is not ready for a moment keeps the office; for as long as one has to look dead, it does not', () => {
  const away = (pauseUs: Micros) =>
    function* (api: ApiClient, os: Os): Co<void> {
      yield* api.create('Workload', 'first', workloadSpec({ node: 'node-1' }));
      const found = yield* api.get('Workload', 'first');
      const first = found.status === 'ok' ? found.value.metadata.uid : '';
      const service = yield* serve(api, os, 'db', [backend(first), backend('w2')], [first, 'w2']);
      // Longer than the pause between two failovers.
      yield* os.sleep(seconds(8));
      yield* replaceBackends(api, service, 'w2');
      yield* os.sleep(pauseUs);
      yield* replaceBackends(api, service, first, 'w2');
    };
  expect(offices(away(seconds(1.5))).reigns.map(({ epoch }) => epoch)).toEqual([0, 1]);
  expect(offices(away(seconds(4))).reigns.map(({ epoch }) => epoch)).toEqual([0, 1, 1, 2]);
});

test('an office outlives whoever deletes it, with its epoch and those in sync, for as long as its service exists', () => {
  let primary: Primary | null = null;
  const seen = offices(function* (api, os) {
    yield* oneDatabase(api, os);
    yield* api.delete('Primary', 'db');
    yield* os.sleep(seconds(3));
    const found = yield* api.get('Primary', 'db');
    if (found.status === 'ok') primary = found.value;
    yield* api.delete('Service', 'db');
    yield* os.sleep(seconds(3));
    expect(yield* api.get('Primary', 'db')).toMatchObject({ status: 'refused', code: 'not-found' });
  });
  expect(primary).toMatchObject({ spec: { workload: 'w1', epoch: 1, inSync: ['w1', 'w2', 'w3'] } });
  expect(told(seen)).toEqual(['db: nobody 0', 'db: w1 1']);
});

test('an office is not taken away for nothing: when all who could follow look dead as well it stays', () => {
  expect(told(offices(oneDatabase, { dead: silent('w1', 'w2', 'w3') }))).toEqual(['db: nobody 0', 'db: w1 1']);
});

test('when all who had the data are gone it begins anew, on another line; while one of them exists somewhere it does not', () => {
  const lost = (exists: boolean) =>
    function* (api: ApiClient, os: Os): Co<void> {
      const made = yield* api.create('Workload', 'first', workloadSpec());
      const first = exists && made.status === 'ok' ? made.value.metadata.uid : 'w1';
      const service = yield* serve(api, os, 'db', [backend(first)], [first]);
      yield* os.sleep(seconds(4));
      yield* replaceBackends(api, service, 'w3');
    };
  const anew = offices(lost(false));
  expect(anew.reigns.map(({ workload, epoch, line }) => [workload, epoch, line])).toEqual([
    ['', 0, 0],
    ['w1', 1, 1],
    ['', 1, 1],
    ['w3', 2, 2],
  ]);
  expect(offices(lost(true)).reigns.map(({ epoch }) => epoch)).toEqual([0, 1]);
});

test('an office that was taken away waits for those who have the data for as long as they exist, whoever else is ready', () => {
  const waiting = (goesUs: Micros) =>
    function* (api: ApiClient, os: Os): Co<void> {
      const made = yield* api.create('Workload', 'second', workloadSpec());
      const second = made.status === 'ok' ? made.value.metadata.uid : '';
      const service = yield* serve(api, os, 'db', [backend('w1'), backend(second)], ['w1', second]);
      yield* os.sleep(SILENT_US + failoverAfterUs + seconds(2) - os.monotonicUs());
      yield* replaceBackends(api, service, 'w3');
      yield* os.sleep(goesUs - os.monotonicUs());
      yield* api.delete('Workload', 'second');
    };
  const dead = silent('w1');
  expect(told(offices(waiting(END_US), { dead }))).toEqual(['db: nobody 0', 'db: w1 1', 'db: nobody 1']);
  expect(offices(waiting(SILENT_US + seconds(10)), { dead }).reigns.at(-1)).toMatchObject({ workload: 'w3', epoch: 2, line: 2 });
});

test('the office goes with its service, and comes back with none of the old epochs when that is declared again', () => {
  const { reigns, run } = offices(function* (api, os) {
    yield* oneDatabase(api, os);
    yield* api.delete('Service', 'db');
    yield* api.delete('Endpoints', 'db');
    yield* os.sleep(seconds(3));
    yield* serve(api, os, 'db', [backend('w2')], ['w2']);
  });
  expect(reigns.map(({ workload, epoch, line }) => `${workload} ${epoch} ${line}`)).toEqual([' 0 0', 'w1 1 1', ' 0 0', 'w2 1 1']);
  const leading = ['failover-east', 'failover-west'].filter(
    (name) => (run.inspect(name).program as ControllerInspection).leading !== null,
  );
  expect(leading).toHaveLength(1);
});
