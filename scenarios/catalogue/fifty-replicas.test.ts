import { expect, test } from 'vitest';
import type { CloudInspection } from '../../model/outside/account.ts';
import { containerBoundary, type ContainerEvent } from '../../model/regions/container.ts';
import type { NodeAgentView } from '../../model/regions/node-agent.ts';
import { acceptedWriteBoundary, type AcceptedWrite } from '../../model/regions/serving/methods.ts';
import { createRun, seconds, type Boundary, type Run } from '../../sim/index.ts';
import { plan, runSpec, type Plan } from '../run-spec.ts';
import { fiftyReplicas } from './fifty-replicas.ts';

const nodesOf = (run: Run): readonly string[] => run.processes.flatMap(({ name }) => (name.startsWith('node-') ? [name] : []));
const agentOf = (run: Run, node: string): NodeAgentView => run.inspect(node).program as NodeAgentView;

/** The plan of a seed, but it is the primary's region that is lost. */
function losesThePrimary(seed: number): { readonly drawn: Plan; readonly region: string } {
  const drawn = plan({ scenario: fiftyReplicas, seed });
  const before = createRun({
    ...runSpec(fiftyReplicas, drawn),
    faults: [],
    properties: [],
    healAtUs: seconds(16),
    endUs: seconds(16),
  });
  before.advance();
  const holder = nodesOf(before).find((node) => agentOf(before, node).serving.offices.some(({ holds }) => holds));
  const region = holder?.split('-')[1] ?? '';
  return { drawn: { ...drawn, faults: drawn.faults.map((fault) => ('region' in fault ? { ...fault, region } : fault)) }, region };
}

test('fifty replicas are rolled out, a region is lost and comes back: singletons move once, so does the primary under its next epoch, nothing is duplicated, and volumes go where they are needed', () => {
  const { drawn, region: lostRegion } = losesThePrimary(1);
  const run = createRun(runSpec(fiftyReplicas, drawn));
  /**
   * By identity, the nodes that started it one after the other. One may start it anew, when it could not renew its lease in time.
   */
  const starts = new Map<string, string[]>();
  /** By epoch, the nodes on which writes were acknowledged under it. */
  const wrote = new Map<number, Set<string>>();
  run.observe({
    sees: (what) => what === (containerBoundary as Boundary) || what === (acceptedWriteBoundary as Boundary),
    crossed: ({ name }, what, body) => {
      if (what === (acceptedWriteBoundary as Boundary)) {
        const { epoch } = body as AcceptedWrite;
        wrote.set(epoch, (wrote.get(epoch) ?? new Set()).add(name));
        return;
      }
      const event = body as ContainerEvent;
      if (event.what !== 'started' || event.container.identity === '') return;
      const before = starts.get(event.container.identity) ?? [];
      if (before.at(-1) !== name) starts.set(event.container.identity, [...before, name]);
    },
  });
  expect(run.advance()).toBe('ok');

  expect([...starts.keys()]).toEqual(['ledger-0', 'ledger-1', 'ledger-2']);
  for (const nodes of starts.values()) expect(nodes).toHaveLength(nodes[0]?.includes(lostRegion) === true ? 2 : 1);
  expect([...starts.values()].filter((nodes) => nodes.length === 2)).toHaveLength(1);

  expect([...wrote.keys()]).toEqual([1, 2]);
  const [[first, ...others], [second, ...more]] = [...wrote.values()].map((nodes) => [...nodes]) as [string[], string[]];
  expect([others, more]).toEqual([[], []]);
  expect([first?.includes(lostRegion), second?.includes(lostRegion)]).toEqual([true, false]);

  const containers = nodesOf(run).flatMap((node) => agentOf(run, node).containers);
  expect(containers.filter(({ ready, identity }) => ready && identity === '')).toHaveLength(53);
  expect(containers).toHaveLength(56);
  const { balancers, disks } = run.inspect('cloud').program as CloudInspection;
  expect(balancers).toHaveLength(3);
  // One for each, on its second node where it has moved.
  expect(disks.map(({ epochs }) => epochs).toSorted((a, b) => a - b)).toEqual([1, 1, 2]);
  expect(
    disks.every(({ attachment }) =>
      containers.some(({ uid, volume }) => uid === attachment?.workload && volume?.epoch === attachment.epoch),
    ),
  ).toBe(true);
});
