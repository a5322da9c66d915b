import { expect, test } from 'vitest';
import { defaultDesign } from '../../model/design.ts';
import { isMemberIntent } from '../../model/store/client/member-operator.ts';
import { createRun, Streams } from '../../sim/index.ts';
import { drawnScenarios } from '../catalogue/index.ts';
import { defineScenario } from '../define-scenario.ts';
import { plan, runSpec } from '../run-spec.ts';
import { drawScenario, swarmPlan } from './swarm-plan.ts';
import { faultGroups } from './machines.ts';

const seeds = Array.from({ length: 200 }, (_, i) => i + 1);
const [scenario] = drawnScenarios;
if (scenario === undefined) throw new Error('the catalogue is empty');

test('a seed draws the same scenario, platform and faults every time', () => {
  for (const seed of seeds.slice(0, 20)) {
    expect(drawScenario(seed, drawnScenarios)).toBe(drawScenario(seed, drawnScenarios));
    expect(swarmPlan({ scenario, seed })).toEqual(swarmPlan({ scenario, seed }));
  }
});

test('every scenario gets its share of the seeds', () => {
  // With each one that the catalogue gets, 200 seeds are the likelier to miss one.
  const drawn = new Set(Array.from({ length: 1_000 }, (_, seed) => drawScenario(seed, drawnScenarios).name));
  expect(drawn.size).toBe(drawnScenarios.length);
});

test('the faults of the scenario stay in the plan, and others come to them in order of time', () => {
  for (const drawn of drawnScenarios) {
    const { faults, design } = swarmPlan({ scenario: drawn, seed: 3 });
    const own = plan({ scenario: drawn, seed: 3, design }).faults;
    expect(faults).toEqual(expect.arrayContaining([...own]));
    expect(faults.map(({ at }) => at)).toEqual(faults.map(({ at }) => at).toSorted((a, b) => a - b));
  }
});

test('whoever promises something is struck in some seeds: the store, the API, controllers, nodes and the cloud', () => {
  const struck = new Set(
    seeds.flatMap((seed) =>
      swarmPlan({ scenario, seed }).faults.flatMap((fault) => ('target' in fault ? [fault.target.split('-')[0]] : [])),
    ),
  );
  expect([...struck]).toEqual(expect.arrayContaining(['store', 'api', 'deployer', 'provisioner', 'node', 'cloud']));
});

test('whatever one group may be kept from saying to another one is said', () => {
  const groups = faultGroups(defaultDesign, new Streams(1).stream('disks'));
  const groupOf = new Map(groups.flatMap(({ name, members }) => members.map((member) => [member.name, name])));
  const said = new Set<string>();
  for (const name of ['region-cut-off', 'dns-plans-overtake', 'names-come-and-go', 'volumes-change-nodes']) {
    const drawn = drawnScenarios.find((other) => other.name === name);
    if (drawn === undefined) throw new Error(`no scenario ${name}`);
    const run = createRun({ ...runSpec(drawn, plan({ scenario: drawn, seed: 1 })), properties: [], endUs: drawn.healAtUs });
    run.observe({
      sent: (from, to, { name: kind }) => void said.add(`${groupOf.get(from.name)} to ${groupOf.get(to.name)}: ${kind}`),
    });
    run.advance();
  }
  const unsaid = groups
    .flatMap(({ name, says = [] }) => says.map(({ kind, to }) => `${name} to ${to}: ${kind}`))
    .filter((saying) => ![...said].some((other) => other.startsWith(saying)));
  expect(unsaid).toEqual([]);
});

test('a leader always gives up before its lease can be taken over, whatever design is drawn', () => {
  for (const seed of seeds) {
    const { design } = swarmPlan({ scenario, seed });
    expect(design.renewDeadlineUs + design.leaseRetryUs).toBeLessThan(design.leaseDurationUs);
  }
});

test('some platforms have volumes, a region that is not in service yet, or keep in consensus what does not belong there and does no harm', () => {
  const drawn = seeds.map((seed) => swarmPlan({ scenario, seed }));
  expect(new Set(drawn.map(({ design }) => design.volumes)).size).toBe(2);
  expect(new Set(drawn.map(({ design }) => design.joinedRegions))).toEqual(new Set([2, 3]));
  const placed = new Set(drawn.flatMap(({ design }) => Object.entries(design.placements).map((entry) => entry.join(' '))));
  expect([...placed].toSorted()).toEqual(['metrics-and-traces consensus', 'request-logs consensus', 'workload-events consensus']);
  expect(
    drawn.some(({ workload }) =>
      workload.some(
        ({ operation, arguments: wanted }) => operation === 'join-region' && 'name' in wanted && wanted.name === 'north',
      ),
    ),
  ).toBe(true);
});

test('values that were asked for are not drawn', () => {
  expect(swarmPlan({ scenario, seed: 5, design: { storeMembers: 7, nodesPerRegion: 3 } }).design).toMatchObject({
    storeMembers: 7,
    nodesPerRegion: 3,
  });
});

test("a world of the author's own keeps the plan that its author gave it", () => {
  const own = defineScenario({ name: 'own', title: 'nothing', healAtUs: 1, endUs: 2, build: () => undefined });
  expect(swarmPlan({ scenario: own, seed: 5 })).toEqual(plan({ scenario: own, seed: 5 }));
  expect(swarmPlan({ scenario: own, seed: 5 }).design).toEqual(defaultDesign);
});

test("regions are at different distances, operators do different things, and other scenarios' faults strike the platform", () => {
  const drawn = seeds.map((seed) => swarmPlan({ scenario, seed }));
  expect(new Set(drawn.map(({ topology }) => topology.latency[0]?.[1]?.baseUs)).size).toBeGreaterThan(3);
  const deletions = drawn.map(({ workload }) => workload.filter(({ operation }) => operation === 'delete').length);
  expect(Math.min(...deletions)).toBe(0);
  expect(Math.max(...deletions)).toBeGreaterThan(10);
  // The steady scenario heals after 12 s; the faults of others may take longer.
  expect(new Set(drawn.map(({ healAtUs }) => healAtUs)).size).toBeGreaterThan(2);
});

test('who wrote properties for a scenario is spared the trouble of others', () => {
  const own = defineScenario({ name: 'own', title: 'nothing', healAtUs: 12_000_000, endUs: 60_000_000, properties: [] });
  for (const seed of seeds.slice(0, 20)) expect(swarmPlan({ scenario: own, seed }).healAtUs).toBe(own.healAtUs);
});

test('once operators have begun to change the group of the store, none of its members loses what is on its disk', () => {
  const groupChanges = drawnScenarios.find(({ name }) => name === 'replace-a-member');
  if (groupChanges === undefined) throw new Error('no scenario replaces members');
  let both = 0;
  for (const drawn of [scenario, groupChanges]) {
    for (let seed = 1; seed <= 1_000; seed++) {
      const { faults, workload } = swarmPlan({ scenario: drawn, seed });
      const lossesUs = faults.flatMap((fault) => (fault.do === 'lose-disk' || fault.do === 'rot' ? [fault.at] : []));
      const changesUs = workload.filter(isMemberIntent).map(({ at }) => at);
      if (lossesUs.length === 0 || changesUs.length === 0) continue;
      both++;
      expect([seed, Math.max(...lossesUs) <= Math.min(...changesUs)]).toEqual([seed, true]);
    }
  }
  expect(both).toBeGreaterThan(100);
});
