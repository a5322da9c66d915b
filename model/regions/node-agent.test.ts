import { expect, test } from 'vitest';
import { ms, seconds, type Boundary, type Co, type Fault, type Kind, type Micros, type Os, type Run } from '../../sim/index.ts';
import type { Frame } from '../../sim/network/rpc.ts';
import type { ApiClient } from '../api/client/api-client.ts';
import { workloadSpec } from '../api/testing/objects.ts';
import { deleteMethod, type DeleteRequest } from '../api/methods.ts';
import { apiNames, controlPlane, runThrough, script } from '../api/testing/world.ts';
import type { WorkloadSpec } from '../api/resources/index.ts';
import { defaultDesign } from '../design.ts';
import { containerBoundary, type ContainerEvent } from './container.ts';
import { nodeAgent, type NodeAgentView } from './node-agent.ts';

const END_US: Micros = seconds(24);
const NODE = 'node-east-1';
const { agentDeadlineUs, nodeLeaseUs } = defaultDesign;

interface Options {
  readonly faults?: readonly Fault[];
  readonly defects?: readonly string[];
  readonly resyncUs?: Micros;
}

interface Seen {
  /** What became of containers, as `started web`, what the node asked the API to remove, and when. */
  readonly told: readonly { readonly what: string; readonly atUs: Micros }[];
  /** How long what has an identity may go on by each deadline, from when it was set. */
  readonly deadlines: readonly { readonly forUs: Micros; readonly atUs: Micros }[];
  readonly run: Run;
  readonly view: NodeAgentView;
}

/**
 * One node in the east, whose region is in service unless the test says otherwise, and a client in the place of all controllers.
 */
function atNode(
  ask: (api: ApiClient, os: Os) => Co<void>,
  { faults = [], defects = [], resyncUs = defaultDesign.resyncUs }: Options = {},
): Seen {
  let ended = false;
  const run = controlPlane({
    faults,
    design: { resyncUs },
    endUs: END_US,
    processes: (design) => ({
      [NODE]: nodeAgent({
        design,
        defects: new Set(defects),
        region: 'east',
        apiEndpoints: apiNames,
        registries: [],
        collectors: [],
        statusStores: [],
        cloud: 'cloud',
      }),
      'client-west': script(function* (api, os) {
        yield* ask(api, os);
        ended = true;
      }, seconds(4)),
    }),
  });
  const told: { what: string; atUs: Micros }[] = [];
  const deadlines: { forUs: Micros; atUs: Micros }[] = [];
  run.observe({
    crossed(_, what, body) {
      if (what !== (containerBoundary as Boundary)) return;
      const report = body as ContainerEvent;
      if (report.what === 'deadline') deadlines.push({ forUs: report.untilUs - run.nowUs, atUs: run.nowUs });
      else told.push({ what: `${report.what} ${report.container.name}`, atUs: run.nowUs });
    },
    sent(from, _to, what, body) {
      if (from.name === NODE && what === (deleteMethod.request as Kind))
        told.push({ what: `removes ${(body as Frame<DeleteRequest>).body.name}`, atUs: run.nowUs });
    },
  });
  runThrough(run);
  expect(ended).toBe(true);
  return { told, deadlines, run, view: run.inspect(NODE).program as NodeAgentView };
}

const words = ({ told }: Seen): readonly string[] => told.map(({ what }) => what);
const running = ({ view }: Seen): readonly string[] =>
  view.containers.filter(({ phase }) => phase === 'running').map(({ name }) => name);
const at = ({ told }: Seen, what: string): Micros => told.find((each) => each.what === what)?.atUs ?? 0;

function* until(os: Os, us: Micros): Co<void> {
  yield* os.sleep(us - os.monotonicUs());
}

function* bind(api: ApiClient, name: string, own: Partial<WorkloadSpec> = {}): Co<void> {
  yield* api.create('Workload', name, workloadSpec({ node: NODE, ...own }));
}

function* serve(api: ApiClient): Co<void> {
  yield* api.create('Cluster', 'east', { region: 'east' });
}

/** One workload that may be anywhere, and one that must never be twice. */
function* two(api: ApiClient): Co<void> {
  yield* serve(api);
  yield* bind(api, 'web');
  yield* bind(api, 'db', { identity: 'db-0' });
}

function* stateOf(api: ApiClient, name: string): Co<string> {
  const found = yield* api.get('Workload', name);
  if (found.status !== 'ok') return found.status === 'refused' ? found.code : found.status;
  const { metadata, status } = found.value;
  return `${status.phase}${status.ready ? ', ready' : ''}${metadata.deletionUs === null ? '' : ', to end'}`;
}

test('a node takes part when its region is in service, runs what is bound to it and nothing else, and says so', () => {
  const seen = atNode(function* (api, os) {
    yield* until(os, seconds(6));
    expect((yield* api.get('Node', NODE)).status).toBe('refused');
    yield* two(api);
    yield* bind(api, 'elsewhere', { node: 'node-east-2' });
    yield* bind(api, 'unbound', { node: '' });
    yield* until(os, seconds(12));
    expect((yield* api.get('Node', NODE)).status).toBe('ok');
    expect(yield* stateOf(api, 'web')).toBe('Running, ready');
    expect(yield* stateOf(api, 'db')).toBe('Running, ready');
    expect(yield* stateOf(api, 'elsewhere')).toBe('Pending');
  });
  expect([...running(seen)].sort()).toEqual(['db', 'web']);
});

test('what is to end is ended, and its object is removed when it has ended and not before', () => {
  const seen = atNode(function* (api, os) {
    yield* two(api);
    yield* until(os, seconds(10));
    yield* api.delete('Workload', 'web');
    expect(yield* stateOf(api, 'web')).toBe('Running, ready, to end');
    yield* os.sleep(seconds(1));
    expect(yield* stateOf(api, 'web')).toBe('not-found');
  });
  expect(words(seen).slice(-3)).toEqual(['stopping web', 'stopped web', 'removes web']);
  expect(running(seen)).toEqual(['db']);
});

test('what runs outlives its agent, unless by defect flush-on-restart', () => {
  const faults: readonly Fault[] = [{ at: seconds(10), do: 'kill', target: NODE, for: ms(200) }];
  expect(words(atNode(two, { faults })).filter((what) => what.startsWith('stopping'))).toEqual([]);
  expect(words(atNode(two, { faults, defects: ['flush-on-restart'] }))).toContain('stopping web');
});

test('what has vanished unseen is ended, unless by defect stop-only-when-told', () => {
  const ask = function* (api: ApiClient, os: Os): Co<void> {
    yield* two(api);
    yield* until(os, seconds(10.2));
    yield* api.delete('Workload', 'web', { graceUs: 0 });
  };
  const faults: readonly Fault[] = [{ at: seconds(10), do: 'kill', target: NODE, for: ms(800) }];
  expect(running(atNode(ask, { faults }))).toEqual(['db']);
  expect(running(atNode(ask, { faults, defects: ['stop-only-when-told'] }))).toContain('web');
});

test('one server that does not answer ends nothing, whatever the agent was asking it for', () => {
  for (let phase = 0; phase < 8; phase++) {
    const faults: readonly Fault[] = [{ at: seconds(10) + ms(250 * phase), do: 'pause', target: 'api-east-1', for: ms(3_500) }];
    expect(words(atNode(two, { faults })), `phase ${phase}`).not.toContain('ended db');
  }
});

const cutOff: Fault = { at: seconds(10), do: 'partition', from: NODE, to: 'api-*', for: seconds(7) };

test('a node that is cut off ends what has an identity by itself at its deadline, goes on with all else, and takes up again what is still wanted', () => {
  const seen = atNode(two, { faults: [cutOff] });
  const endedUs = at(seen, 'ended db');
  expect(endedUs).toBeGreaterThan(seconds(10) - nodeLeaseUs);
  expect(endedUs).toBeLessThanOrEqual(seconds(10) + agentDeadlineUs);
  expect(words(seen).filter((what) => what.endsWith(' web'))).toEqual(['started web']);
  expect(words(seen).filter((what) => what.endsWith(' db'))).toEqual(['started db', 'ended db', 'started db']);
  expect(seen.told.at(-1)?.atUs).toBeGreaterThan(seconds(17));
});

test('its deadline counts from when it asked for its lease to be renewed, however late the answer is', () => {
  const lateUs = ms(500);
  const late: Fault = { at: seconds(10), do: 'delay', from: 'api-*', to: NODE, byUs: lateUs, oneWay: true, for: seconds(6) };
  const { deadlines } = atNode(two, { faults: [late] });
  const ofLate = deadlines.filter(({ atUs }) => atUs > seconds(12) && atUs < seconds(16));
  expect(ofLate.length).toBeGreaterThan(0);
  for (const { forUs } of ofLate) expect(forUs).toBeLessThanOrEqual(agentDeadlineUs - lateUs);
});

test('defect no-local-deadline: it goes on with what has an identity', () => {
  expect(words(atNode(two, { faults: [cutOff], defects: ['no-local-deadline'] }))).not.toContain('ended db');
});

test('what has an identity and was given up meanwhile is not begun again', () => {
  const seen = atNode(
    function* (api, os) {
      yield* two(api);
      yield* until(os, seconds(14));
      yield* api.delete('Workload', 'db');
      yield* until(os, seconds(21));
      expect(yield* stateOf(api, 'db')).toBe('not-found');
    },
    { faults: [cutOff] },
  );
  expect(words(seen).filter((what) => what.endsWith(' db'))).toEqual(['started db', 'ended db', 'removes db']);
});

test('what has an identity is not begun on the word of a cache: the API is asked whether it is still wanted', () => {
  // What watches tell comes late, by less than would cost the node its lease.
  const late: Fault = {
    at: seconds(9),
    do: 'delay',
    from: 'api-*',
    to: NODE,
    oneWay: true,
    byUs: ms(500),
    kind: 'api/watch',
    for: seconds(8),
  };
  const ask = function* (api: ApiClient, os: Os): Co<void> {
    yield* two(api);
    yield* until(os, seconds(10));
    for (const [name, identity] of [
      ['late', 'late-0'],
      ['anybody', ''],
    ] as const) {
      yield* bind(api, name, { identity });
      yield* api.delete('Workload', name);
    }
  };
  const seen = atNode(ask, { faults: [late] });
  expect(new Set(words(seen).filter((what) => what.endsWith(' late')))).toEqual(new Set(['removes late']));
  // What may be twice is begun at once, and ended.
  expect(words(seen)).toContain('stopping anybody');
  expect(running(seen)).toContain('db');
});

test('what has an identity is not begun on an answer that is older than the news that it is to end', () => {
  // The answer that it is wanted comes when the agent has long seen that it is not, and told the API that
  // nothing of it runs; that is on its way.
  const faults: readonly Fault[] = [
    {
      at: seconds(9),
      do: 'delay',
      from: 'store-*',
      to: 'api-east-*',
      oneWay: true,
      byUs: ms(500),
      kind: 'store/range',
      for: seconds(8),
    },
    { at: seconds(9), do: 'delay', from: NODE, to: 'api-*', oneWay: true, byUs: seconds(1), kind: 'api/delete', for: seconds(8) },
  ];
  const ask = function* (api: ApiClient, os: Os): Co<void> {
    yield* two(api);
    yield* until(os, seconds(10));
    yield* bind(api, 'brief', { identity: 'brief-0' });
    yield* os.sleep(ms(300));
    yield* api.delete('Workload', 'brief');
  };
  const seen = atNode(ask, { faults });
  expect(new Set(words(seen).filter((what) => what.endsWith(' brief')))).toEqual(new Set(['removes brief']));
  expect(running(seen)).toContain('db');
});

function* takenOut(api: ApiClient, os: Os): Co<void> {
  yield* two(api);
  yield* until(os, seconds(10));
  yield* api.delete('Cluster', 'east');
  yield* api.delete('Node', NODE);
  yield* api.delete('Lease', `node.${NODE}`);
}

test('a node that was taken out of service ends all that runs on it, and begins nothing', () => {
  const seen = atNode(takenOut);
  expect(words(seen)).toContain('stopping web');
  expect(seen.view.isRegistered).toBe(false);
  expect(seen.view.containers).toEqual([]);
  expect(words(seen).filter((what) => what.startsWith('started'))).toHaveLength(2);
});

test('when it takes part again it begins what is still bound to it', () => {
  const backAgain = function* (api: ApiClient, os: Os): Co<void> {
    yield* takenOut(api, os);
    yield* until(os, seconds(16));
    yield* serve(api);
  };
  const seen = atNode(backAgain, { resyncUs: seconds(600) });
  expect([...running(seen)].sort()).toEqual(['db', 'web']);
});
