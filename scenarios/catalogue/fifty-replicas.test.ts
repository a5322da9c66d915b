import { expect, test } from 'vitest';
import type { CloudInspection } from '../../model/outside/account.ts';
import { containerBoundary, type ContainerEvent } from '../../model/regions/container.ts';
import type { NodeAgentView } from '../../model/regions/node-agent.ts';
import { createRun, type Boundary } from '../../sim/index.ts';
import { plan, runSpec } from '../run-spec.ts';
import { fiftyReplicas } from './fifty-replicas.ts';

test('fifty replicas are rolled out, a region is lost and comes back: singletons move once, nothing is duplicated, and volumes go where they are needed', () => {
  const drawn = plan({ scenario: fiftyReplicas, seed: 1 });
  const [loss] = drawn.faults;
  const lostRegion = loss !== undefined && 'region' in loss ? loss.region : '';
  const run = createRun(runSpec(fiftyReplicas, drawn));
  /** By identity, the nodes that started it, in order. */
  const starts = new Map<string, string[]>();
  run.observe({
    sees: (what) => what === (containerBoundary as Boundary),
    crossed: ({ name }, _what, body) => {
      const event = body as ContainerEvent;
      if (event.what !== 'started' || event.container.identity === '') return;
      starts.set(event.container.identity, [...(starts.get(event.container.identity) ?? []), name]);
    },
  });
  expect(run.advance()).toBe('ok');

  expect([...starts.keys()]).toEqual(['ledger-0', 'ledger-1', 'ledger-2']);
  for (const nodes of starts.values()) expect(nodes).toHaveLength(nodes[0]?.includes(lostRegion) === true ? 2 : 1);
  expect([...starts.values()].filter((nodes) => nodes.length === 2)).toHaveLength(1);

  const containers = run.processes.filter(({ name }) => name.startsWith('node-')).flatMap(({ name }) => (run.inspect(name).program as NodeAgentView).containers);
  expect(containers.filter(({ ready, identity }) => ready && identity === '')).toHaveLength(50);
  expect(containers).toHaveLength(53);
  const { balancers, disks } = run.inspect('cloud').program as CloudInspection;
  expect(balancers).toHaveLength(2);
  // One for each, on its second node where it has moved.
  expect(disks.map(({ epochs }) => epochs).toSorted((a, b) => a - b)).toEqual([1, 1, 2]);
  expect(disks.every(({ attachment }) => containers.some(({ uid, volume }) => uid === attachment?.workload && volume?.epoch === attachment.epoch))).toBe(true);
});
