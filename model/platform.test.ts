import { describe, expect, test } from 'vitest';
import { createRun, seconds, type Run } from '../sim/index.ts';
import type { ControllerInspection } from './controllers/machinery/controller.ts';
import { noDefects } from './defect.ts';
import { defaultDesign, type Design } from './design.ts';
import type { Intent } from './intent.ts';
import type { CloudInspection } from './outside/account.ts';
import { buildPlatform, OUTSIDE_REGION, platformGroups, platformTopology, REGIONS } from './platform.ts';
import { ExposureMeter, platformProperties } from './properties/platform/index.ts';
import type { NodeAgentView } from './regions/node-agent.ts';

const declareWeb: Intent = {
  at: seconds(2),
  client: 'operator-1',
  operation: 'declare',
  arguments: { name: 'web', replicas: 3, image: 'a' },
};

function platform(
  design: Design,
  faults: Parameters<typeof createRun>[0]['faults'] = [],
  workload: readonly Intent[] = [declareWeb],
): Run {
  return createRun({
    seed: 11,
    topology: platformTopology(),
    build: (world) => buildPlatform(world, { design, defects: noDefects, workload }),
    faults,
    properties: platformProperties(),
    healAtUs: seconds(8),
    endUs: seconds(20),
  });
}

describe('the topology', () => {
  test.each([3, 5, 7] as const)('of %i members gives no region a majority of the store', (storeMembers) => {
    const { store } = platformGroups({ ...defaultDesign, storeMembers });
    expect(store).toHaveLength(storeMembers);
    for (const region of REGIONS) {
      const here = store.filter((name) => name.split('-')[1] === region).length;
      expect(here).toBeGreaterThan(0);
      expect(here * 2).toBeLessThan(storeMembers);
    }
  });

  test('puts replicas of a controller into different regions', () => {
    const { controllers } = platformGroups({ ...defaultDesign, controllerReplicas: 3 });
    expect(new Set(controllers).size).toBe(controllers.length);
    for (const role of new Set(controllers.map((name) => name.split('-')[0])))
      expect(controllers.filter((name) => name.startsWith(`${role}-`))).toHaveLength(3);
  });

  test('has a way between any two places', () => {
    const { regions, latency } = platformTopology();
    expect(regions).toEqual([...REGIONS, OUTSIDE_REGION]);
    expect(latency).toHaveLength(regions.length);
    for (const row of latency) expect(row).toHaveLength(regions.length);
  });
});

describe('the platform', () => {
  test.each([
    { storeMembers: 3, apiServersPerRegion: 2, nodesPerRegion: 1 },
    { storeMembers: 7, controllerReplicas: 3 },
    {},
  ] as const)('of %j runs a declared deployment and gives it a load balancer', (values) => {
    const design = { ...defaultDesign, ...values };
    const run = platform(design);
    expect(run.advance()).toBe('ok');
    const containers = platformGroups(design).nodes.flatMap((node) => (run.inspect(node).program as NodeAgentView).containers);
    expect(containers.map(({ image, phase }) => `${image} ${phase}`)).toEqual(['a running', 'a running', 'a running']);
    const { balancers } = run.inspect('cloud').program as CloudInspection;
    expect(balancers).toHaveLength(1);
  });

  test('has whoever runs on the node of the primary follow it like everybody else', () => {
    const design: Design = { ...defaultDesign, nodesPerRegion: 1 };
    const run = platform(
      design,
      [],
      [
        { at: seconds(2), client: 'operator-1', operation: 'declare', arguments: { name: 'ledger', replicas: 6, image: 'a' } },
        {
          at: seconds(2.5),
          client: 'operator-1',
          operation: 'declare-service',
          arguments: { name: 'ledger', deployment: 'ledger', mode: 'primary' },
        },
      ],
    );
    expect(run.advance()).toBe('ok');
    const offices = platformGroups(design).nodes.flatMap((node) => (run.inspect(node).program as NodeAgentView).serving.offices);
    expect(offices.map(({ holds }) => holds)).toEqual([true]);
    const [{ inSync, followers }] = offices.map(({ detail }) => detail) as [
      { readonly inSync: readonly string[]; readonly followers: readonly { readonly have: number }[] },
    ];
    expect(followers.map(({ have }) => have >= 0)).toEqual(Array<boolean>(5).fill(true));
    expect(inSync).toHaveLength(6);
  });

  test.each(['raft-leader', 'deployer-leader', 'provisioner-leader'])('lets a fault strike its %s', (role) => {
    const run = platform(defaultDesign, [{ at: seconds(5), do: 'pause', target: `role:${role}` }]);
    while (run.nowUs < seconds(5) && run.advance(run.step + 1) === null);
    run.advance(run.step + 20);
    const paused = run.processes.filter((process) => process.paused);
    expect(paused).toHaveLength(1);
    const [name] = paused.map((process) => process.name);
    if (role !== 'raft-leader')
      expect((run.inspect(name as string).program as ControllerInspection).leading?.role).toBe(role.replace('-leader', ''));
  });

  test('measures how long a stale leader could act at the cloud', () => {
    const run = platform(defaultDesign, [{ at: seconds(4), do: 'crash', target: 'role:provisioner-leader' }]);
    const meter = new ExposureMeter();
    run.observe(meter);
    expect(run.advance()).toBe('ok');
    expect(meter.exposures.length).toBeGreaterThanOrEqual(2);
    for (const { role, grantedUs, sealedUs } of meter.exposures) {
      expect(role).toBe('provisioner');
      expect(sealedUs).toBeGreaterThan(grantedUs);
      expect(sealedUs - grantedUs).toBeLessThan(seconds(2));
    }
  });
});
