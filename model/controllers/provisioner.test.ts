import { expect, test } from 'vitest';
import { ms, seconds, type Boundary, type Co, type Fault, type Micros, type Os } from '../../sim/index.ts';
import type { ApiClient } from '../api/client/api-client.ts';
import { apiNames, controlPlane, runThrough, script } from '../api/testing/world.ts';
import type { Deployment } from '../api/resources/index.ts';
import { acceptedBoundary, type AcceptedAction } from '../outside/accepted.ts';
import type { CloudInspection } from '../outside/account.ts';
import { cloudProvider } from '../outside/cloud.ts';
import { provisioner } from './provisioner.ts';

interface Outcome {
  readonly deployments: readonly Deployment[];
  readonly actions: readonly AcceptedAction[];
  /** When the first load balancer was made. */
  readonly firstUs: Micros;
  readonly cloud: CloudInspection;
}

interface Options {
  readonly faults?: readonly Fault[];
  readonly defects?: readonly string[];
}

/** Two replicas of the controller, the cloud, and a client that asks for deployments. */
function provision(ask: (api: ApiClient, os: Os) => Co<void>, options: Options = {}): Outcome {
  const seen: { deployments: readonly Deployment[] } = { deployments: [] };
  const endUs = seconds(20);
  const run = controlPlane({
    ...options,
    endUs,
    processes: (design) => {
      const defects = new Set(options.defects);
      const boot = provisioner({ design, defects, apiEndpoints: apiNames, cloud: 'cloud-north' });
      return {
        'cloud-north': cloudProvider({ design, defects }),
        'provisioner-east': boot,
        'provisioner-west': boot,
        'client-east': script(ask, seconds(5)),
        'reader-west': script(
          function* (api) {
            const deployments = yield* api.list('Deployment');
            if (deployments.status === 'ok') seen.deployments = deployments.value.items as readonly Deployment[];
          },
          endUs - seconds(1),
        ),
      };
    },
  });
  const actions: AcceptedAction[] = [];
  let firstUs = 0;
  run.observe({
    crossed(_, what, body) {
      if (what !== (acceptedBoundary as Boundary)) return;
      const action = body as AcceptedAction;
      actions.push(action);
      if (action.action === 'provision') firstUs ||= run.nowUs;
    },
  });
  runThrough(run);
  return { ...seen, actions, firstUs, cloud: run.inspect('cloud-north').program as CloudInspection };
}

const web = { replicas: 1, image: 'a' };
const made = ({ actions }: Outcome): readonly AcceptedAction[] => actions.filter(({ action }) => action === 'provision');

function* declareAndScale(api: ApiClient, os: Os): Co<void> {
  yield* api.create('Deployment', 'web', web);
  yield* os.sleep(seconds(1));
  yield* api.update('Deployment', 'web', 0, { spec: { ...web, replicas: 2 } });
}

test('each generation gets one load balancer, and the completion record names the one that stands', () => {
  const outcome = provision(declareAndScale);
  expect(made(outcome).map(({ generation }) => generation)).toEqual([1, 2]);
  const [web] = outcome.deployments;
  expect(outcome.cloud.balancers).toEqual([
    { owner: web?.metadata.uid, generation: 2, resource: web?.status.provisioned?.resource },
  ]);
  expect(web?.status.provisioned?.generation).toBe(2);
});

test('the first thing that a leader does is to seal its token', () => {
  const { actions } = provision(declareAndScale);
  expect(actions[0]?.action).toBe('seal');
  expect(actions.every(({ token }) => token >= (actions[0]?.token ?? 0))).toBe(true);
});

test('what a deleted deployment had is released', () => {
  const { cloud, actions } = provision(function* (api, os) {
    yield* declareAndScale(api, os);
    yield* os.sleep(seconds(1));
    yield* api.delete('Deployment', 'web');
  });
  expect(actions.filter(({ action }) => action === 'provision')).toHaveLength(2);
  expect(cloud.balancers).toEqual([]);
});

test('what was deleted while nobody led is found and released', () => {
  const faults: Fault[] = ['provisioner-east', 'provisioner-west'].map((target) => ({
    at: seconds(7),
    do: 'crash',
    target,
    for: seconds(5),
  }));
  const { cloud } = provision(
    function* (api, os) {
      yield* api.create('Deployment', 'web', web);
      yield* os.sleep(seconds(4));
      yield* api.delete('Deployment', 'web');
    },
    { faults },
  );
  expect(cloud.balancers).toEqual([]);
});

function* declare(api: ApiClient): Co<void> {
  yield* api.create('Deployment', 'web', web);
}

/**
 * Kills both replicas at several moments after the cloud has made the first load balancer; the
 * same seed makes it at the same time.
 */
function crashAfterCall(defects: readonly string[]): readonly Outcome[] {
  const { firstUs } = provision(declare, { defects });
  return [1, 20, 40, 80, 120].map((afterMs) => {
    const faults: Fault[] = ['provisioner-east', 'provisioner-west'].map((target) => ({
      at: firstUs + ms(afterMs),
      do: 'kill',
      target,
      for: ms(300),
    }));
    return provision(declare, { faults, defects });
  });
}

test('a crash between the external call and its record repeats the call and nothing else', () => {
  for (const outcome of crashAfterCall([])) {
    expect(made(outcome)).toHaveLength(1);
    expect(outcome.cloud.balancers).toHaveLength(1);
    expect(outcome.deployments[0]?.status.provisioned?.resource).toBe(outcome.cloud.balancers[0]?.resource);
  }
});

test('defect fresh-operation-ids: after such a crash there are two', () => {
  const counts = crashAfterCall(['fresh-operation-ids']).map((outcome) => outcome.cloud.balancers.length);
  expect(Math.max(...counts)).toBe(2);
});

test('defect record-before-call: a crash before the call leaves a record of nothing', () => {
  const { firstUs } = provision(declare, { defects: ['record-before-call'] });
  const outcomes = [20, 40, 60].map((beforeMs) => {
    const faults: Fault[] = ['provisioner-east', 'provisioner-west'].map((target) => ({
      at: firstUs - ms(beforeMs),
      do: 'kill',
      target,
      for: ms(300),
    }));
    return provision(declare, { faults, defects: ['record-before-call'] });
  });
  const broken = outcomes.filter(
    ({ cloud, deployments }) => cloud.balancers.length === 0 && deployments[0]?.status.provisioned?.generation === 1,
  );
  expect(broken.length).toBeGreaterThan(0);
});

test('a cloud that is away for a while is asked again, and nothing is made twice', () => {
  const faults: Fault[] = [{ at: seconds(5), do: 'crash', target: 'cloud-north', for: seconds(4) }];
  const outcome = provision(declareAndScale, { faults });
  expect(outcome.cloud.balancers.map(({ generation }) => generation)).toEqual([2]);
  expect(new Set(made(outcome).map(({ owner, generation }) => `${owner}/${generation}`)).size).toBe(made(outcome).length);
});

test('for one that is to be deleted nothing is made any more', () => {
  const outcome = provision(function* (api, os) {
    yield* api.create('Deployment', 'web', web, null, { finalizers: ['some/body'] });
    yield* os.sleep(seconds(2));
    yield* api.delete('Deployment', 'web');
  });
  expect(outcome.deployments.map(({ metadata }) => metadata.deletionUs)).toEqual([expect.any(Number)]);
  expect(made(outcome)).toHaveLength(1);
});
