import { expect, test } from 'vitest';
import {
  Channel,
  createRun,
  ms,
  seconds,
  threeRegions,
  type CallOutcome,
  type Co,
  type Fault,
  type Os,
} from '../../../sim/index.ts';
import { dnsProvider, type DnsView } from './dns.ts';
import {
  activateMethod,
  deletePlanMethod,
  putPlanMethod,
  releaseNameMethod,
  resolveMethod,
  zoneBoundary,
  zoneMethod,
  type ZoneAction,
} from './methods.ts';

type Dns = ReturnType<typeof calls>;

/** Runs one client against the zone; returns what the zone reported, and what it holds in the end. */
function withDns(
  body: (dns: Dns, os: Os) => Co<void>,
  faults: readonly Fault[] = [],
): { readonly reported: readonly ZoneAction[]; readonly view: DnsView } {
  const reported: ZoneAction[] = [];
  let ended = false;
  const run = createRun({
    seed: 3,
    topology: threeRegions(),
    faults,
    properties: [],
    healAtUs: seconds(4),
    endUs: seconds(5),
    build: (world) => {
      world.process({ name: 'dns', region: 'north', boot: dnsProvider() });
      world.process({
        name: 'client',
        region: 'east',
        boot: (os) => ({ start: () => void os.spawn('client', body(calls(os), os), () => (ended = true)) }),
      });
    },
  });
  run.observe({ crossed: (_, what, entry) => void (what === zoneBoundary && reported.push(entry as ZoneAction)) });
  if (run.advance() === 'crashed') throw run.failure?.error;
  expect(ended).toBe(true);
  return { reported, view: run.inspect('dns').program as DnsView };
}

function calls(os: Os) {
  const channel = new Channel(os, ['dns']);
  const service = 's1';
  return {
    put: (number: number, targets: readonly string[] = ['east']) =>
      channel.call(putPlanMethod, { service, record: 'shop', number, targets }, seconds(1)),
    activate: (number: number, expected: number | null) =>
      channel.call(activateMethod, { service, number, expected }, seconds(1)),
    remove: (number: number, unlessActive = true) =>
      channel.call(deletePlanMethod, { service, number, unlessActive }, seconds(1)),
    release: () => channel.call(releaseNameMethod, { service }, seconds(1)),
    resolve: () => channel.call(resolveMethod, { record: 'shop' }, ms(300)),
    zone: () => channel.call(zoneMethod, null, ms(300)),
  };
}

const codeOf = (outcome: CallOutcome<unknown>): string => (outcome.status === 'refused' ? outcome.code : outcome.status);

test('a plan comes into force only in place of the one that was seen', () => {
  withDns(function* (dns) {
    expect(codeOf(yield* dns.activate(1, 0))).toBe('not-found');
    yield* dns.put(1);
    yield* dns.put(2, ['west']);
    expect(codeOf(yield* dns.activate(2, 0))).toBe('ok');
    expect(codeOf(yield* dns.activate(1, 0))).toBe('conflict');
    expect(yield* dns.resolve()).toMatchObject({ status: 'ok', value: { number: 2, targets: ['west'] } });
  });
});

test('a plan in force is not deleted, unless somebody insists: then the name leads nowhere', () => {
  withDns(function* (dns) {
    yield* dns.put(1);
    yield* dns.activate(1, 0);
    expect(codeOf(yield* dns.remove(1))).toBe('active');
    expect(codeOf(yield* dns.remove(1, false))).toBe('ok');
    expect(codeOf(yield* dns.resolve())).toBe('no-such-name');
  });
});

test('a repetition is no action, and what was released never comes back', () => {
  const { reported, view } = withDns(function* (dns) {
    yield* dns.put(1);
    yield* dns.put(1);
    yield* dns.activate(1, 0);
    yield* dns.release();
    yield* dns.release();
    expect(codeOf(yield* dns.put(2))).toBe('released');
  });
  expect(reported.map(({ action }) => action)).toEqual(['put', 'activate', 'release']);
  expect(view.entries).toEqual([]);
});

test('an action that is asked for again, or an old one that comes late, changes nothing', () => {
  const { reported, view } = withDns(function* (dns) {
    yield* dns.put(1);
    yield* dns.activate(1, 0);
    expect(codeOf(yield* dns.activate(1, 0))).toBe('conflict');
    yield* dns.put(2, ['west']);
    yield* dns.activate(2, 1);
    // The one that was in force before, by an enactor that saw nothing yet, or the very change to the newer one.
    expect(codeOf(yield* dns.activate(1, 0))).toBe('conflict');
    expect(codeOf(yield* dns.activate(2, 1))).toBe('conflict');
    yield* dns.remove(1);
    expect(codeOf(yield* dns.remove(1))).toBe('ok');
    expect(codeOf(yield* dns.activate(1, 2))).toBe('not-found');
  });
  expect(reported.map(({ action, number }) => `${action} ${number}`)).toEqual([
    'put 1',
    'activate 1',
    'put 2',
    'activate 2',
    'delete 1',
  ]);
  expect(view.entries).toEqual([{ service: 's1', record: 'shop', active: 2, plans: [2] }]);
});

test('what was answered outlives a power loss', () => {
  const { view } = withDns(
    function* (dns, os) {
      yield* dns.put(1);
      yield* dns.activate(1, 0);
      yield* os.sleep(seconds(1));
    },
    [{ at: ms(700), do: 'crash', target: 'dns', for: ms(200) }],
  );
  expect(view.entries).toEqual([{ service: 's1', record: 'shop', active: 1, plans: [1] }]);
});

test('nobody is told of a plan that a power loss may yet take back', () => {
  const stall: Fault = { at: ms(700), do: 'stall-disk', target: 'dns', for: ms(1_500) };
  const crash: Fault = { at: ms(2_000), do: 'crash', target: 'dns', for: ms(200) };
  withDns(
    function* (dns, os) {
      yield* dns.put(1);
      yield* dns.put(2, ['west']);
      yield* dns.activate(1, 0);
      yield* os.sleep(ms(800) - os.monotonicUs());
      os.spawn('activate', dns.activate(2, 1));
      yield* os.sleep(ms(300));
      expect(yield* dns.resolve()).toMatchObject({ status: 'ok', value: { number: 1 } });
      expect(yield* dns.zone()).toMatchObject({ status: 'ok', value: { entries: [{ active: 1 }] } });
      // Neither is whoever comes too late because of it.
      expect(codeOf(yield* dns.activate(1, 1))).toBe('unknown');
    },
    [stall, crash],
  );
});
