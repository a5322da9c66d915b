import { expect, test } from 'vitest';
import { createRun, seconds, type Fault, type Run } from '../../sim/index.ts';
import { noDefects } from '../defect.ts';
import { defaultDesign } from '../design.ts';
import type { Intent } from '../intent.ts';
import { referenceTo } from '../outside/artifacts/content.ts';
import { buildPlatform, platformTopology } from '../platform.ts';
import { identity } from '../properties/platform/workloads/identity.ts';
import type { NodeAgentView } from './node-agent.ts';

const END_US = seconds(45);
const client = 'operator-1';
const NODES_PER_REGION = 4;

const declared: Intent = {
  at: seconds(3),
  client,
  operation: 'declare',
  arguments: { name: 'db', replicas: 3, image: referenceTo('registry/app', 'build-1'), identity: 'stable' },
};

/** Four nodes in each region, and a deployment with identities. */
function platform(faults: readonly Fault[], intents: readonly Intent[] = [], endUs = END_US): Run {
  const design = { ...defaultDesign, nodesPerRegion: NODES_PER_REGION };
  const run = createRun({
    seed: 5,
    topology: platformTopology(),
    build: (world) => buildPlatform(world, { design, defects: noDefects, workload: [declared, ...intents] }),
    faults,
    properties: [identity()],
    healAtUs: endUs,
    endUs,
  });
  run.advance();
  expect(run.violation).toBeNull();
  return run;
}

const ofRegion = (region: string): readonly string[] =>
  Array.from({ length: NODES_PER_REGION }, (_, n) => `node-${region}-${n + 1}`);

function view(run: Run, node: string): NodeAgentView | null {
  return run.inspect(node).program as NodeAgentView | null;
}

/** By identity, the node that it runs on. */
function running(run: Run): Readonly<Record<string, string>> {
  const found = ['east', 'west', 'north']
    .flatMap(ofRegion)
    .flatMap((node) => (view(run, node)?.containers ?? []).map(({ identity: name }) => [name, node] as const));
  return Object.fromEntries(found);
}

const before = running(platform([], [], seconds(12)));
const victim = before['db-1'] as string;

test('machines that are dead for good keep their identities while most of their zone is silent, until one is removed', () => {
  const region = victim.split('-')[1] as string;
  // No node is given up in a zone of which most is lost.
  const dead = [victim, ...ofRegion(region).filter((node) => node !== victim)].slice(0, NODES_PER_REGION - 1);
  const faults: readonly Fault[] = dead.map((target) => ({ at: seconds(12), do: 'crash', target }));
  expect(running(platform(faults))['db-1']).toBeUndefined();
  const removed = running(platform(faults, [{ at: seconds(24), client, operation: 'remove-node', arguments: { name: victim } }]));
  expect(Object.keys(removed).toSorted()).toEqual(['db-0', 'db-1', 'db-2']);
  expect(removed['db-1']).not.toBe(victim);
});

test('a node that was removed runs nothing and stays away, also when its agent begins anew, until it joins again', () => {
  const restart: Fault = { at: seconds(22), do: 'kill', target: victim, for: seconds(1) };
  const leaves: Intent = { at: seconds(12), client, operation: 'remove-node', arguments: { name: victim } };
  const without = platform([restart], [leaves]);
  expect(view(without, victim)).toMatchObject({ isRegistered: false, containers: [] });
  expect(Object.keys(running(without)).toSorted()).toEqual(['db-0', 'db-1', 'db-2']);
  const joins: Intent = { at: seconds(30), client, operation: 'join-node', arguments: { name: victim } };
  expect(view(platform([restart], [leaves, joins]), victim)?.isRegistered).toBe(true);
});
