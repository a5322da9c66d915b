import { expect, test } from 'vitest';
import { ms, seconds, type Co, type Fault, type Micros, type Os } from '../../sim/index.ts';
import type { ApiClient } from '../api/client/api-client.ts';
import { nodeSpec, workloadSpec } from '../api/testing/objects.ts';
import { controlPlane, runThrough, script } from '../api/testing/world.ts';
import { DRAIN_TAINT, nodeLeaseName, UNREACHABLE_TAINT } from '../api/resources/index.ts';
import { isRemoved } from '../controllers/removed-nodes.ts';
import type { Attempt } from './attempt.ts';
import { changeMembership, type MembershipIntent } from './membership.ts';

type Change = (operation: MembershipIntent['operation'], name: string) => Co<Attempt>;

/** East and west are in service, with a node each. */
function withRegions(
  body: (change: Change, api: ApiClient, os: Os) => Co<void>,
  { faults = [], endUs = seconds(10) }: { readonly faults?: readonly Fault[]; readonly endUs?: Micros } = {},
): void {
  let ended = false;
  const run = controlPlane({
    faults,
    endUs,
    processes: () => ({
      'operator-east': script(function* (api, os) {
        for (const region of ['east', 'west']) {
          yield* api.create('Cluster', region, { region });
          yield* api.create('Node', `node-${region}`, nodeSpec({ region }));
        }
        const change: Change = (operation, name) =>
          changeMembership(api, { at: 0, client: 'operator-1', operation, arguments: { name } });
        yield* body(change, api, os);
        ended = true;
      }),
    }),
  });
  runThrough(run);
  expect(ended).toBe(true);
}

function* stateOf(api: ApiClient, region: string): Co<string> {
  const found = yield* api.get('Cluster', region);
  return found.status === 'ok' ? found.value.spec.state : found.status === 'refused' ? found.code : found.status;
}

function* nodeOf(
  api: ApiClient,
  name: string,
): Co<{ readonly unschedulable: boolean; readonly taints: readonly string[] } | null> {
  const found = yield* api.get('Node', name);
  return found.status === 'ok'
    ? { unschedulable: found.value.spec.unschedulable, taints: found.value.spec.taints.map(({ key }) => key) }
    : null;
}

test('a region joins, and one that is being drained stays when it is asked to join', () => {
  withRegions(function* (change, api) {
    expect(yield* change('join-region', 'north')).toMatchObject({ status: 'ok', output: { generation: 1, spec: null } });
    expect(yield* stateOf(api, 'north')).toBe('active');
    yield* change('drain-region', 'north');
    expect(yield* stateOf(api, 'north')).toBe('draining');
    expect(yield* change('join-region', 'north')).toMatchObject({ status: 'ok', output: { generation: 3 } });
    expect(yield* stateOf(api, 'north')).toBe('active');
  });
});

test('no region joins a platform in which none is in service: the first ones are not for operators to make', () => {
  const told: Attempt[] = [];
  const join = function* (api: ApiClient): Co<void> {
    for (const region of ['north', 'east'])
      told.push(
        yield* changeMembership(api, { at: 0, client: 'operator-1', operation: 'join-region', arguments: { name: region } }),
      );
    yield* api.create('Cluster', 'east', { region: 'east' });
    told.push(
      yield* changeMembership(api, { at: 0, client: 'operator-1', operation: 'join-region', arguments: { name: 'north' } }),
    );
  };
  runThrough(controlPlane({ endUs: seconds(5), processes: () => ({ 'operator-east': script(join) }) }));
  expect(told).toMatchObject([
    { status: 'again', reason: 'no region is in service yet' },
    { status: 'again' },
    { status: 'ok', output: { generation: 1 } },
  ]);
});

test('the last region in service is not drained, and none that is not in service', () => {
  withRegions(function* (change, api) {
    expect(yield* change('drain-region', 'north')).toEqual({ status: 'fail', output: 'north is not in service' });
    expect(yield* change('drain-region', 'west')).toMatchObject({ status: 'ok' });
    expect(yield* change('drain-region', 'east')).toEqual({ status: 'fail', output: 'east is the last region in service' });
    expect(yield* stateOf(api, 'east')).toBe('active');
  });
});

test("of operators who drain each other's refuge at the same moment one finds that he may not", () => {
  withRegions(
    function* (change, api, os) {
      // Somebody else begins so much later.
      for (let lateUs = 0; lateUs < ms(100); lateUs += ms(12)) {
        let told: Attempt | null = null;
        const elsewhere = function* (): Co<void> {
          yield* os.sleep(lateUs);
          told = yield* changeMembership(api, {
            at: 0,
            client: 'operator-2',
            operation: 'drain-region',
            arguments: { name: 'east' },
          });
        };
        os.spawn('somebody else', elsewhere());
        const own = yield* change('drain-region', 'west');
        while (told === null) yield* os.sleep(ms(1));
        const states = [yield* stateOf(api, 'east'), yield* stateOf(api, 'west')];
        expect(states).toContain('active');
        expect([own, told].filter(({ status }) => status === 'ok').length).toBe(
          states.filter((state) => state === 'draining').length,
        );
        for (const region of ['east', 'west']) yield* change('join-region', region);
      }
    },
    { endUs: seconds(20) },
  );
});

test('a region leaves when it is drained and empty: before that it stays, and the operator looks again', () => {
  withRegions(function* (change, api) {
    yield* api.create('Workload', 'w', workloadSpec({ node: 'node-west' }));
    yield* api.create('Workload', 'elsewhere', workloadSpec({ node: 'node-east' }));
    expect(yield* change('remove-region', 'west')).toEqual({ status: 'fail', output: 'west has not been drained' });
    yield* change('drain-region', 'west');
    expect(yield* change('remove-region', 'west')).toMatchObject({ status: 'again', reason: '1 workloads are left in west' });
    expect(yield* stateOf(api, 'west')).toBe('draining');
    yield* api.delete('Workload', 'w', { graceUs: 0 });
    expect(yield* change('remove-region', 'west')).toMatchObject({ status: 'ok', output: { spec: null } });
    expect(yield* stateOf(api, 'west')).toBe('not-found');
    expect(yield* change('remove-region', 'west')).toEqual({ status: 'fail', output: 'not-found' });
  });
});

test('a region that was taken back into service between the look and the step does not leave', () => {
  withRegions(function* (change, api, os) {
    yield* change('drain-region', 'west');
    os.spawn(
      'somebody else',
      changeMembership(api, { at: 0, client: 'operator-2', operation: 'join-region', arguments: { name: 'west' } }),
    );
    expect(yield* change('remove-region', 'west')).toMatchObject({ status: 'again' });
    expect(yield* stateOf(api, 'west')).toBe('active');
  });
});

test('a node that is drained gets nothing new and is to be emptied; when it comes back it bears what it bore before', () => {
  withRegions(function* (change, api) {
    yield* api.update('Node', 'node-west', 0, {
      spec: nodeSpec({ region: 'west', taints: [{ key: UNREACHABLE_TAINT, effect: 'no-execute' }] }),
    });
    for (let time = 0; time < 2; time++) expect(yield* change('drain-node', 'node-west')).toMatchObject({ status: 'ok' });
    expect(yield* nodeOf(api, 'node-west')).toEqual({ unschedulable: true, taints: [UNREACHABLE_TAINT, DRAIN_TAINT] });
    yield* change('uncordon-node', 'node-west');
    expect(yield* nodeOf(api, 'node-west')).toEqual({ unschedulable: false, taints: [UNREACHABLE_TAINT] });
    expect(yield* change('drain-node', 'node-north')).toEqual({ status: 'fail', output: 'not-found' });
  });
});

test('a node leaves when it is drained and empty, and stays away until it joins again', () => {
  withRegions(function* (change, api) {
    yield* api.create('Workload', 'w', workloadSpec({ node: 'node-west' }));
    yield* api.create('Lease', nodeLeaseName('node-west'), { holder: 'node-west', durationUs: 1, renewals: 1 });
    expect(yield* change('join-node', 'node-west')).toEqual({ status: 'fail', output: 'node-west has not been removed' });
    expect(yield* change('remove-node', 'node-west')).toMatchObject({ status: 'again', reason: 'node-west is being drained' });
    expect(yield* nodeOf(api, 'node-west')).toEqual({ unschedulable: true, taints: [DRAIN_TAINT] });
    expect(yield* change('remove-node', 'node-west')).toMatchObject({
      status: 'again',
      reason: '1 workloads are left on node-west',
    });
    yield* api.delete('Workload', 'w', { graceUs: 0 });
    expect(yield* change('remove-node', 'node-west')).toMatchObject({ status: 'ok', output: { spec: null } });
    expect(yield* nodeOf(api, 'node-west')).toBeNull();
    expect(yield* api.get('Lease', nodeLeaseName('node-west'))).toMatchObject({ status: 'refused', code: 'not-found' });
    const removedFrom = function* (): Co<boolean> {
      const west = yield* api.get('Cluster', 'west');
      return west.status === 'ok' && isRemoved(west.value, 'node-west');
    };
    expect(yield* removedFrom()).toBe(true);
    expect(yield* change('remove-node', 'node-west')).toEqual({ status: 'fail', output: 'not-found' });
    expect(yield* change('join-node', 'node-west')).toMatchObject({ status: 'ok' });
    expect(yield* removedFrom()).toBe(false);
  });
});

test('the lease of a node that joins again while it is removed stays', () => {
  withRegions(
    function* (change, api, os) {
      const lease = { holder: 'node-west', durationUs: 1, renewals: 1 };
      yield* api.create('Lease', nodeLeaseName('node-west'), lease);
      yield* change('drain-node', 'node-west');
      os.spawn('agent', renewLater(api, os));
      expect(yield* change('remove-node', 'node-west')).toMatchObject({ status: 'ok' });
      expect(yield* nodeOf(api, 'node-west')).toBeNull();
      expect(yield* api.get('Lease', nodeLeaseName('node-west'))).toMatchObject({
        status: 'ok',
        value: { spec: { renewals: 2 } },
      });
    },
    // It deletes two, one after the other.
    { faults: [{ at: 0, do: 'delay', from: 'operator-east', to: 'api-*', oneWay: true, kind: 'api/delete', byUs: seconds(1) }] },
  );
  function* renewLater(api: ApiClient, os: Os): Co<void> {
    yield* os.sleep(seconds(1.5));
    yield* api.renew(nodeLeaseName('node-west'), 0, { holder: 'node-west', durationUs: 1, renewals: 2 }, seconds(1));
  }
});

test('a node of which nothing is heard leaves with what is bound to it', () => {
  withRegions(function* (change, api) {
    yield* api.create('Workload', 'w', workloadSpec({ node: 'node-west' }));
    yield* api.updateStatus('Node', 'node-west', 0, { readiness: 'unknown' });
    yield* change('remove-node', 'node-west');
    expect(yield* change('remove-node', 'node-west')).toMatchObject({ status: 'ok' });
    expect(yield* nodeOf(api, 'node-west')).toBeNull();
    expect((yield* api.get('Workload', 'w')).status).toBe('ok');
  });
});

test('what it could not read it tries again, since nothing has happened', () => {
  withRegions(
    function* (change, _api, os) {
      yield* os.sleep(seconds(5.1) - os.monotonicUs());
      expect(yield* change('join-region', 'west')).toMatchObject({ status: 'again' });
      expect(yield* change('drain-node', 'node-west')).toMatchObject({ status: 'again' });
    },
    { faults: [{ at: seconds(5), do: 'crash', target: 'api-*' }] },
  );
});
