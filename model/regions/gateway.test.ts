import { expect, test } from 'vitest';
import {
  Channel,
  ms,
  RpcServer,
  seconds,
  type Boot,
  type CallOutcome,
  type Co,
  type Fault,
  type Micros,
  type Os,
  type Run,
} from '../../sim/index.ts';
import type { ApiClient } from '../api/client/api-client.ts';
import { apiNames, controlPlane, runThrough, script } from '../api/testing/world.ts';
import type { Backend } from '../api/resources/index.ts';
import { gateway, type GatewayView } from './gateway.ts';
import { reportMethod, userMethod, type BackendReport, type UserResponse } from './gateway-methods.ts';
import { healthMethod, serveMethod, type ServeRequest } from './serving/methods.ts';

const END_US: Micros = seconds(20);
const NODES = ['node-east-1', 'node-east-2', 'node-west-1'];

interface Options {
  readonly faults?: readonly Fault[];
  readonly defects?: readonly string[];
  /** What a node does with a request, by its name; it answers when absent. `silent` nodes answer no checks either. */
  readonly behaves?: (node: string, nowUs: Micros) => 'serves' | 'refuses' | 'silent';
}

interface Seen {
  /** What the nodes were asked, in order. */
  readonly asked: readonly (ServeRequest & { readonly node: string })[];
  readonly run: Run;
  readonly view: GatewayView;
}

/** A gateway in the east, three nodes of which each runs the workload that bears its name, and a client who declares and uses. */
function atGateway(
  ask: (user: User, api: ApiClient, os: Os) => Co<void>,
  { faults = [], defects = [], behaves = () => 'serves' }: Options = {},
): Seen {
  const asked: (ServeRequest & { readonly node: string })[] = [];
  let ended = false;
  const node =
    (name: string): Boot =>
    (os) => {
      const server = new RpcServer();
      const now = (): ReturnType<typeof behaves> => behaves(name, os.monotonicUs());
      server.handle(healthMethod, ({ workloads }, reply) => {
        if (now() !== 'silent') reply.ok({ serving: workloads.map(() => now() === 'serves'), sequences: workloads.map(() => 7) });
      });
      server.handle(serveMethod, (request, reply) => {
        asked.push({ ...request, node: name });
        if (now() === 'serves') reply.ok({ sequence: 0 });
        else if (now() === 'refuses') reply.refuse('not-here', 'it does not run here');
      });
      return { start: () => undefined, accept: (connection) => server.accept(connection) };
    };
  const run = controlPlane({
    faults,
    endUs: END_US,
    processes: (design) => ({
      'gateway-east': gateway({ design, defects: new Set(defects), apiEndpoints: apiNames }),
      ...Object.fromEntries(NODES.map((name) => [name, node(name)])),
      'client-east': script(function* (api, os) {
        yield* ask(new User(os), api, os);
        ended = true;
      }, seconds(4)),
    }),
  });
  runThrough(run);
  expect(ended).toBe(true);
  return { asked, run, view: run.inspect('gateway-east').program as GatewayView };
}

class User {
  private readonly channel: Channel;
  private asked = 0;

  constructor(os: Os) {
    this.channel = new Channel(os, ['gateway-east'], { reconnectUs: ms(100) });
  }

  request(operation: 'read' | 'write', service = 'web'): Co<CallOutcome<UserResponse>> {
    return this.channel.call(userMethod, { service, operation, id: `r${++this.asked}` }, seconds(1.5));
  }

  /** Who has answered each of so many reads, or why nobody did. */
  *reads(count: number, service = 'web'): Co<readonly string[]> {
    const answers: string[] = [];
    for (let n = 0; n < count; n++) answers.push(told(yield* this.request('read', service)));
    return answers;
  }

  *report(): Co<readonly BackendReport[]> {
    const answer = yield* this.channel.call(reportMethod, null, seconds(1));
    return answer.status === 'ok' ? answer.value.backends : [];
  }
}

const told = (answer: CallOutcome<UserResponse>): string =>
  answer.status === 'ok' ? answer.value.workload : answer.status === 'refused' ? answer.code : answer.status;

const backends = (...nodes: readonly string[]): readonly Backend[] =>
  nodes.map((node) => ({ workload: `w-${node}`, node, region: 'east' }));

const everybody = NODES.map((name) => `w-${name}`);

function* publish(api: ApiClient, os: Os, ...nodes: readonly string[]): Co<void> {
  const spec = { service: 's1', mode: 'balanced', backends: backends(...nodes) } as const;
  const made = yield* api.create('Endpoints', 'web', spec);
  if (made.status !== 'ok') yield* api.update('Endpoints', 'web', 0, { spec });
  yield* os.sleep(ms(500));
}

test('users are led to the published backends in turn, under the generation of the endpoints', () => {
  const { asked, view } = atGateway(function* (user, api, os) {
    yield* publish(api, os, ...NODES);
    expect(yield* user.reads(6)).toEqual([...everybody, ...everybody]);
    yield* publish(api, os, 'node-west-1');
    expect(yield* user.reads(2)).toEqual(['w-node-west-1', 'w-node-west-1']);
  });
  expect(asked.map(({ generation }) => generation)).toEqual([1, 1, 1, 1, 1, 1, 2, 2]);
  expect(view).toMatchObject({ served: 8, failed: 0 });
});

test('a name of which nothing is known is refused, and so is one whose service is gone', () => {
  atGateway(function* (user, api, os) {
    expect(yield* user.reads(1, 'other')).toEqual(['no-service']);
    yield* publish(api, os, 'node-east-1');
    yield* api.delete('Endpoints', 'web');
    yield* os.sleep(ms(500));
    expect(yield* user.reads(1)).toEqual(['no-service']);
  });
});

test('who fails its checks gets no users any more, and gets them again when it is well', () => {
  const behaves = (node: string, nowUs: Micros) =>
    node === 'node-east-2' && nowUs > seconds(6) && nowUs < seconds(13) ? 'refuses' : 'serves';
  const { asked } = atGateway(
    function* (user, api, os) {
      yield* publish(api, os, ...NODES);
      yield* os.sleep(seconds(11) - os.monotonicUs());
      expect(new Set(yield* user.reads(6))).toEqual(new Set(['w-node-east-1', 'w-node-west-1']));
      expect(yield* user.report()).toContainEqual({ service: 's1', workload: 'w-node-east-2', alive: false, sequence: 7 });
      yield* os.sleep(seconds(17) - os.monotonicUs());
      expect(new Set(yield* user.reads(3))).toEqual(new Set(everybody));
    },
    { behaves },
  );
  expect(asked.slice(0, 6).map(({ node }) => node)).not.toContain('node-east-2');
});

test('a read that a backend does not answer is tried at another one, a write is not: it may have taken effect', () => {
  const behaves = (node: string) => (node === 'node-east-1' ? 'silent' : 'serves');
  const { asked, view } = atGateway(
    function* (user, api, os) {
      yield* publish(api, os, ...NODES);
      expect(told(yield* user.request('read'))).toBe('w-node-east-2');
      yield* user.reads(1);
      expect(told(yield* user.request('write'))).toBe('failed');
    },
    { behaves },
  );
  expect(asked.map(({ id, node }) => `${id} ${node}`)).toEqual([
    'r1 node-east-1',
    'r1 node-east-2',
    'r2 node-west-1',
    'r3 node-east-1',
  ]);
  expect(view).toMatchObject({ served: 2, failed: 1 });
});

const controlPlaneGone: readonly Fault[] = [{ at: seconds(6), do: 'crash', target: 'api-*', for: seconds(13) }];

function* whileItIsGone(user: User, api: ApiClient, os: Os): Co<void> {
  yield* publish(api, os, ...NODES);
  yield* os.sleep(seconds(10) - os.monotonicUs());
  expect(yield* user.reads(3)).toEqual(everybody);
}

test('it goes on with what it knew last when the control plane is gone, also when it has been started anew', () => {
  atGateway(whileItIsGone, { faults: controlPlaneGone });
  for (const restart of ['kill', 'crash'] as const) {
    const { run } = atGateway(whileItIsGone, {
      faults: [...controlPlaneGone, { at: seconds(7), do: restart, target: 'gateway-east', for: seconds(1) }],
    });
    expect(run.inspect('gateway-east').incarnation).toBe(2);
  }
});

test('what it was told is gone does not come back when it is started anew without the control plane', () => {
  atGateway(
    function* (user, api, os) {
      yield* publish(api, os, ...NODES);
      yield* api.delete('Endpoints', 'web');
      yield* os.sleep(seconds(10) - os.monotonicUs());
      expect(yield* user.reads(1)).toEqual(['no-service']);
    },
    { faults: [...controlPlaneGone, { at: seconds(7), do: 'kill', target: 'gateway-east', for: seconds(1) }] },
  );
});

test('defect discovery-fails-closed: without its control plane it knows nothing', () => {
  atGateway(
    function* (user, api, os) {
      yield* publish(api, os, ...NODES);
      expect(yield* user.reads(1)).toEqual(['w-node-east-1']);
      yield* os.sleep(seconds(10) - os.monotonicUs());
      expect(yield* user.reads(3)).toEqual(['no-service', 'no-service', 'no-service']);
    },
    { faults: controlPlaneGone, defects: ['discovery-fails-closed'] },
  );
});

test('what was deleted while it was away it forgets when it has heard everything', () => {
  const { view } = atGateway(
    function* (user, api, os) {
      yield* publish(api, os, ...NODES);
      yield* os.sleep(seconds(7) - os.monotonicUs());
      yield* api.delete('Endpoints', 'web');
      yield* os.sleep(seconds(12) - os.monotonicUs());
      expect(yield* user.reads(1)).toEqual(['no-service']);
    },
    { faults: [{ at: seconds(6), do: 'kill', target: 'gateway-east', for: seconds(3) }] },
  );
  expect(view.routes).toEqual([]);
});

test('writes of a service with a primary go to the one in office, under its epoch and to nobody else; without one they are refused', () => {
  const { asked } = atGateway(function* (user, api, os) {
    const spec = { service: 's1', mode: 'primary', backends: backends(...NODES) } as const;
    yield* api.create('Endpoints', 'db', spec);
    yield* os.sleep(ms(500));
    expect(told(yield* user.request('write', 'db'))).toBe('no-primary');
    const office = (workload: string, node: string, epoch: number) => ({
      service: 's1',
      workload,
      node,
      region: 'east',
      epoch,
      line: 1,
      inSync: [],
    });
    yield* api.create('Primary', 'db', office('w-node-west-1', 'node-west-1', 1));
    yield* os.sleep(ms(500));
    expect(told(yield* user.request('write', 'db'))).toBe('w-node-west-1');
    yield* api.update('Primary', 'db', 0, { spec: office('w-node-east-2', 'node-east-2', 2) });
    yield* os.sleep(ms(500));
    expect(told(yield* user.request('write', 'db'))).toBe('w-node-east-2');
    expect(told(yield* user.request('read', 'db'))).toBe('w-node-east-1');
    yield* api.update('Primary', 'db', 0, { spec: office('', '', 2) });
    yield* os.sleep(ms(500));
    expect(told(yield* user.request('write', 'db'))).toBe('no-primary');
  });
  expect(asked.map(({ node, epoch }) => `${node} ${epoch}`)).toEqual(['node-west-1 1', 'node-east-2 2', 'node-east-1 0']);
});

test("a primary of another service that bore the name is nobody's", () => {
  atGateway(function* (user, api, os) {
    yield* api.create('Endpoints', 'db', { service: 's2', mode: 'primary', backends: backends(...NODES) });
    yield* api.create('Primary', 'db', {
      service: 's1',
      workload: 'w-node-west-1',
      node: 'node-west-1',
      region: 'west',
      epoch: 1,
      line: 1,
      inSync: [],
    });
    yield* os.sleep(ms(500));
    expect(told(yield* user.request('write', 'db'))).toBe('no-primary');
  });
});

test('one that has been started anew goes on with the primary that it knew until it has heard whether there is one', () => {
  // However the two lists are apart when the control plane goes: soon after the gateway has come back.
  for (let afterUs = ms(20); afterUs <= ms(300); afterUs += ms(20)) {
    const faults: readonly Fault[] = [
      { at: seconds(8), do: 'kill', target: 'gateway-east', for: ms(200) },
      { at: seconds(8) + ms(200) + afterUs, do: 'crash', target: 'api-*', for: seconds(10) },
    ];
    atGateway(
      function* (user, api, os) {
        yield* api.create('Endpoints', 'db', { service: 's1', mode: 'primary', backends: backends(...NODES) });
        yield* api.create('Primary', 'db', {
          service: 's1',
          workload: 'w-node-west-1',
          node: 'node-west-1',
          region: 'west',
          epoch: 1,
          line: 1,
          inSync: [],
        });
        yield* os.sleep(seconds(12) - os.monotonicUs());
        expect(told(yield* user.request('write', 'db'))).toBe('w-node-west-1');
      },
      { faults },
    );
  }
});

test('a primary that was deleted while it was away it forgets when it has heard of all of them', () => {
  atGateway(
    function* (user, api, os) {
      yield* api.create('Endpoints', 'db', { service: 's1', mode: 'primary', backends: backends(...NODES) });
      yield* api.create('Primary', 'db', {
        service: 's1',
        workload: 'w-node-west-1',
        node: 'node-west-1',
        region: 'west',
        epoch: 1,
        line: 1,
        inSync: [],
      });
      yield* os.sleep(seconds(7) - os.monotonicUs());
      yield* api.delete('Primary', 'db');
      yield* os.sleep(seconds(12) - os.monotonicUs());
      expect(told(yield* user.request('write', 'db'))).toBe('no-primary');
    },
    { faults: [{ at: seconds(6), do: 'kill', target: 'gateway-east', for: seconds(3) }] },
  );
});
