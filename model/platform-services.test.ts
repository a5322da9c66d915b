import { expect, test } from 'vitest';
import { createRun, seconds, type Fault, type Micros, type Run } from '../sim/index.ts';
import { noDefects } from './defect.ts';
import { defaultDesign } from './design.ts';
import type { Intent } from './intent.ts';
import { referenceTo } from './outside/artifacts/content.ts';
import { buildPlatform, platformTopology } from './platform.ts';
import { platformProperties } from './properties/platform/index.ts';
import type { GatewayView } from './regions/gateway.ts';
import type { NodeAgentView } from './regions/node-agent.ts';
import type { ServingView } from './regions/serving/serving.ts';
import { toldUserBoundary, type ToldUser } from './regions/user.ts';
import { acceptedWriteBoundary, type AcceptedWrite } from './regions/serving/methods.ts';

const image = referenceTo('registry/app', 'build-1');
const client = 'operator-1';
const workload: readonly Intent[] = [
  { at: seconds(2), client, operation: 'declare', arguments: { name: 'orders', replicas: 3, image } },
  {
    at: seconds(2.2),
    client,
    operation: 'declare-service',
    arguments: { name: 'orders', deployment: 'orders', mode: 'primary' },
  },
];

interface Seen {
  readonly run: Run;
  readonly writes: readonly (AcceptedWrite & { readonly atUs: number })[];
  readonly told: readonly (ToldUser & { readonly atUs: number; readonly user: string })[];
}

/** A platform with one database, and users who write to it; `more` is what operators do beside that. */
function platform(faults: readonly Fault[], more: readonly Intent[] = []): Seen {
  const design = { ...defaultDesign, userPauseUs: seconds(0.1) };
  const run = createRun({
    seed: 5,
    topology: platformTopology(),
    build: (world) => buildPlatform(world, { design, defects: noDefects, workload: [...workload, ...more] }),
    faults,
    properties: platformProperties(design),
    healAtUs: seconds(24),
    endUs: seconds(60),
  });
  const writes: (AcceptedWrite & { readonly atUs: number })[] = [];
  const told: (ToldUser & { readonly atUs: number; readonly user: string })[] = [];
  run.observe({
    crossed(process, what, body) {
      if (what === acceptedWriteBoundary) writes.push({ ...(body as AcceptedWrite), atUs: run.nowUs });
      else if (what === toldUserBoundary) told.push({ ...(body as ToldUser), atUs: run.nowUs, user: process.name });
    },
  });
  expect(run.advance()).toBe('ok');
  return { run, writes, told };
}

test('when the node of a primary is lost, another one takes the writes once, under a new epoch, and goes on where the log ends', () => {
  const { writes } = platform([{ at: seconds(8), do: 'crash', target: 'role:primary', for: seconds(14) }]);
  const holders = [...new Map(writes.map(({ epoch, workload: holder }) => [epoch, holder]))];
  expect(holders.map(([epoch]) => epoch)).toEqual([1, 2]);
  expect(holders[0]?.[1]).not.toBe(holders[1]?.[1]);
  const first = writes.find(({ epoch }) => epoch === 2);
  const last = writes.findLast(({ epoch }) => epoch === 1);
  expect((last?.sequence ?? 0) - (first?.sequence ?? 0)).toBeLessThan(defaultDesign.replicationLagMax);
  // Not before the old one has stopped by itself, however dead it looks.
  expect((first?.atUs ?? 0) - (last?.atUs ?? 0)).toBeGreaterThan(defaultDesign.primaryDeadlineUs);
});

test('a primary that another service reads from as well outlives a gateway that is cut off from it', () => {
  const readers: Intent = {
    at: seconds(2.3),
    client,
    operation: 'declare-service',
    arguments: { name: 'orders-read', deployment: 'orders', mode: 'balanced' },
  };
  for (const region of ['east', 'west', 'north']) {
    const cut: Fault = { at: seconds(12), do: 'partition', from: `gateway-${region}`, to: 'role:primary', for: seconds(10) };
    expect(new Set(platform([cut], [readers]).writes.map(({ epoch }) => epoch))).toEqual(new Set([1]));
  }
});

test('users are served while the control plane is gone, even by a gateway that has restarted', () => {
  const { run, told } = platform([
    { at: seconds(8), do: 'crash', target: 'api-*', for: seconds(10) },
    { at: seconds(10), do: 'kill', target: 'gateway-east', for: seconds(0.2) },
  ]);
  const reads = told.filter(
    ({ user, operation, atUs }) => user === 'user-east' && operation === 'read' && atUs > seconds(11) && atUs < seconds(18),
  );
  expect(reads.length).toBeGreaterThan(20);
  expect(reads.filter(({ error }) => error === '').length).toBe(reads.length);
  const writes = told.filter(({ operation, atUs }) => operation === 'write' && atUs > seconds(12) && atUs < seconds(18));
  // To take writes a primary needs to know that it still is the one.
  expect(writes.every(({ error }) => error !== '')).toBe(true);
  expect((run.inspect('gateway-east').program as GatewayView).routes.map(({ name }) => name)).toEqual(['orders']);
});

test('an API server that falls silent costs a primary no write: one confirmation may go unanswered', () => {
  for (const target of ['api-east-1', 'api-east-2']) {
    const { told } = platform([{ at: seconds(10), do: 'pause', target, for: seconds(5) }]);
    const writes = told.filter(({ operation, atUs }) => operation === 'write' && atUs > seconds(9) && atUs < seconds(17));
    expect(writes.length).toBeGreaterThan(50);
    expect(writes.filter(({ error }) => error !== '')).toEqual([]);
  }
});

const declaredAgain = (atUs: Micros): readonly Intent[] => [
  { at: atUs, client, operation: 'delete-service', arguments: { name: 'orders' } },
  {
    at: atUs + seconds(0.6),
    client,
    operation: 'declare-service',
    arguments: { name: 'orders', deployment: 'orders', mode: 'primary' },
  },
];

test('a service that is declared again begins with no data, whatever those who followed the one before had not heard of it', () => {
  const late: Fault = {
    at: seconds(11.5),
    do: 'delay',
    from: 'node-*',
    to: 'node-*',
    kind: 'serve/replicate',
    byUs: seconds(2),
    for: seconds(2),
  };
  const { run, writes } = platform([late], declaredAgain(seconds(12)));
  const services = [...new Set(writes.map(({ service }) => service))];
  expect(services).toHaveLength(2);
  expect(writes.find(({ service }) => service === services[1])).toMatchObject({ epoch: 1, sequence: 1 });
  expect([...new Set(databases(run).map(({ service }) => service))]).toEqual([services[1]]);
});

test('a service that is declared again is followed, however many epochs the one before had', () => {
  const { run } = platform(
    [{ at: seconds(8), do: 'crash', target: 'role:primary', for: seconds(3) }],
    declaredAgain(seconds(20)),
  );
  const lengths = databases(run).map(({ epoch, length }) => ({ epoch, length }));
  expect(lengths).toHaveLength(3);
  expect(new Set(lengths.map(({ epoch }) => epoch))).toEqual(new Set([1]));
  expect(Math.max(...lengths.map(({ length }) => length)) - Math.min(...lengths.map(({ length }) => length))).toBeLessThan(
    defaultDesign.replicationLagMax,
  );
});

test('others hold nothing that a primary forgets in a power loss, after which it goes on under the same epoch', () => {
  const faults = [8, 10, 12, 14, 16, 18].flatMap((at): readonly Fault[] => [
    { at: seconds(at), do: 'stall-disk', target: 'role:primary', for: seconds(0.5) },
    { at: seconds(at) + seconds(0.3), do: 'crash', target: 'role:primary', for: seconds(0.1) },
  ]);
  expect(platform(faults).writes.length).toBeGreaterThan(100);
});

function databases(run: Run): ServingView['databases'] {
  return run.processes.flatMap(({ name }) =>
    name.startsWith('node-') ? (run.inspect(name).program as NodeAgentView).serving.databases : [],
  );
}
