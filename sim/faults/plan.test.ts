import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  checkPlan,
  createRun,
  describeFault,
  describeOptions,
  drawFaults,
  drawPlan,
  drawShape,
  faultCatalogue,
  faultFamilies,
  ms,
  seconds,
  Streams,
  threeRegions,
  type Fault,
  type PlanOptions,
} from '../index.ts';

const regions = ['east', 'west', 'north'];
const members = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, i) => ({ name: `${prefix}-${i + 1}`, region: regions[i % 3] as string }));

const options: PlanOptions = {
  groups: [
    { name: 'store', members: members('store', 5), quorum: true, rejoins: true, weight: 3 },
    { name: 'api', members: members('api', 3) },
    { name: 'node', members: members('node', 6) },
  ],
  roles: ['raft-leader'],
  healAtUs: seconds(12),
};

const anyOptions = fc
  .record({
    store: fc.integer({ min: 1, max: 7 }),
    api: fc.integer({ min: 0, max: 3 }),
    healAtUs: fc.integer({ min: ms(500), max: seconds(40) }),
    driftPpmMax: fc.integer({ min: 1, max: 200_000 }),
    faultsMax: fc.integer({ min: 2, max: 30 }),
  })
  .map(({ store, api, ...rest }): PlanOptions => ({
    ...rest,
    roles: ['raft-leader'],
    groups: [
      { name: 'store', members: members('store', store), quorum: true },
      { name: 'api', members: members('api', api) },
    ],
  }));

const plan = (seed: number, from = options): Fault[] => drawPlan(new Streams(seed).stream('faults'), from);

test('every plan that is drawn is one that the atlas admits, in order of time, and heals in time', () => {
  fc.assert(
    fc.property(fc.nat(), anyOptions, (seed, drawnFrom) => {
      const faults = plan(seed, drawnFrom);
      expect(checkPlan(faults, drawnFrom)).toEqual([]);
      expect(faults.length).toBeLessThanOrEqual(drawnFrom.faultsMax ?? 10);
      expect(faults.map(({ at }) => at)).toEqual(faults.map(({ at }) => at).sort((a, b) => a - b));
      for (const fault of faults) {
        expect(Number.isInteger(fault.at)).toBe(true);
        expect(fault.at + ('for' in fault ? (fault.for ?? 0) : 0)).toBeLessThanOrEqual(drawnFrom.healAtUs);
      }
    }),
  );
});

test('machines that share a zone lose power and links together, and disks of a model stall and slow down together', () => {
  const machine = (name: string, i: number) => ({
    name,
    region: 'east',
    zone: `east-${i % 2}`,
    diskModel: i < 2 ? 'old' : 'new',
  });
  const machines = {
    ...options,
    roles: [],
    groups: [{ name: 'store', members: ['a', 'b', 'c', 'd'].map(machine), quorum: true }],
  };
  const struck = new Map<string, Set<string>>();
  for (let seed = 0; seed < 500; seed++) {
    for (const fault of plan(seed, machines))
      if ('target' in fault) struck.set(fault.do, (struck.get(fault.do) ?? new Set()).add(fault.target));
  }
  for (const kind of ['crash', 'kill', 'pause', 'isolate'])
    expect([...(struck.get(kind) ?? [])]).toEqual(expect.arrayContaining(['a,c', 'b,d']));
  for (const kind of ['stall-disk', 'slow-disk'])
    expect([...(struck.get(kind) ?? [])]).toEqual(expect.arrayContaining(['a,b', 'c,d']));
});

const speaking: PlanOptions = {
  ...options,
  groups: options.groups.map((group) =>
    group.name === 'store'
      ? {
          ...group,
          files: ['log', 'state'],
          says: [
            { kind: 'store/', to: 'store' },
            { kind: 'told/', to: 'nobody' },
          ],
        }
      : group,
  ),
};

/** Fault by fault: as it is, and as it would be without anything particular. */
function compared(seed: number): (readonly [Fault, Fault])[] {
  const details = new Streams(seed).stream('details');
  const drawn = drawPlan(new Streams(seed).stream('faults'), { ...speaking, mode: 'unrestricted' }, details);
  const plainly = plan(seed, { ...speaking, mode: 'unrestricted' });
  expect(drawn).toHaveLength(plainly.length);
  return drawn.map((fault, at) => [fault, plainly[at] as Fault]);
}

test('what is particular about a fault moves no other one', () => {
  let particular = 0;
  for (let seed = 0; seed < 500; seed++) {
    for (const [fault, plainly] of compared(seed)) {
      expect(fault.at).toBe(plainly.at);
      expect([plainly.do, plainly.do === 'fill-disk' ? 'fail-writes' : plainly.do]).toContain(fault.do);
      if (JSON.stringify(fault) !== JSON.stringify(plainly)) particular++;
    }
  }
  expect(particular).toBeGreaterThan(100);
});

test('clocks of a region run wrong together, one kind of messages is late or lost, one sort of files rots', () => {
  const faults = Array.from({ length: 1_000 }, (_, seed) => compared(seed).map(([fault]) => fault)).flat();
  const ofClocks = faults.filter((fault) => fault.do === 'step-clock' || fault.do === 'drift-clock');
  expect(new Set(ofClocks.flatMap(({ target }) => (target.startsWith('region:') ? [target] : [])))).toEqual(
    new Set(regions.map((region) => `region:${region}`)),
  );
  expect(ofClocks.some(({ target }) => target.includes(','))).toBe(true);
  expect(ofClocks.some(({ target }) => !target.includes(',') && !target.includes(':'))).toBe(true);
  for (const name of ['delay', 'lose'] as const) {
    const kinds = faults.flatMap((fault) => (fault.do === name ? [fault.kind] : []));
    // Nobody is there to be told the other.
    expect(new Set(kinds)).toEqual(new Set([undefined, 'store/']));
  }
  expect(
    new Set(faults.flatMap((fault) => (fault.do === 'rot' && fault.target.startsWith('store') ? [fault.file] : []))),
  ).toEqual(new Set([undefined, 'log', 'state']));
});

test('durable damage never strikes two members of one quorum group', () => {
  for (let seed = 0; seed < 2_000; seed++) {
    const damaged = plan(seed, { ...options, without: faultFamilies.filter((family) => family !== 'disk') })
      .flatMap((fault) => (fault.do === 'rot' || fault.do === 'lose-disk' || fault.do === 'fail-reads' ? [fault.target] : []))
      .filter((name) => name.startsWith('store'));
    expect(new Set(damaged).size).toBeLessThanOrEqual(1);
  }
});

test('the unrestricted mode does damage several members', () => {
  const damages = (seed: number): number =>
    new Set(plan(seed, { ...options, mode: 'unrestricted' }).flatMap((fault) => (fault.do === 'rot' ? [fault.target] : []))).size;
  expect(Array.from({ length: 500 }, (_, seed) => damages(seed)).some((count) => count > 1)).toBe(true);
});

test('over many seeds every sort of fault comes up, and about half of the families are masked off', () => {
  const seen = new Set<string>();
  let families = 0;
  let faults = 0;
  const seeds = 1_000;
  for (let seed = 0; seed < seeds; seed++) {
    const stream = new Streams(seed).stream('faults');
    const shape = drawShape(stream, options);
    families += shape.families.length;
    const drawn = drawFaults(stream, options, shape, new Streams(seed).stream('details'));
    faults += drawn.length;
    for (const fault of drawn) seen.add(fault.do);
  }
  expect([...seen].sort()).toEqual(faultCatalogue.map(({ id }) => id as string).sort());
  expect(families / seeds / faultFamilies.length).toBeCloseTo(0.5, 1);
  expect(faults / seeds).toBeGreaterThan(4);
  expect(faults / seeds).toBeLessThan(8);
});

test('a plan depends on its stream alone, and reads in words', () => {
  expect(plan(7)).toEqual(plan(7));
  expect(plan(7)).not.toEqual(plan(8));
  for (const fault of plan(7)) expect(describeFault(fault)).not.toContain('undefined');
  const shape = drawShape(new Streams(7).stream('faults'), options);
  expect(describeOptions(shape, options)).toMatchInlineSnapshot(`
    [
      "families of faults: pause ×7, partition ×5, network ×8, gray ×3, disk ×1; masked off: crash, clock, region",
      "2 faults between 1.000000 s and 12.000000 s, about 4.000000 s each, at least 0.522000 s of calm between two of a family",
      "60 % of single targets are a role (raft-leader)",
      "clocks drift by at most 50000 ppm and jump by at most 30.000000 s",
      "mode: recoverable",
    ]
  `);
});

test('the atlas names the fault that leaves no way back', () => {
  const broken: Fault[] = [
    { do: 'rot', target: 'store-1', at: 1 },
    { do: 'fail-reads', target: 'store-1', at: 2 },
    { do: 'rot', target: 'store-2', at: 3 },
    { do: 'rot', target: 'api-1', at: 4 },
    { do: 'rot', target: 'role:raft-leader', at: 5 },
    { do: 'fail-reads', target: 'region:east', at: 6 },
    { do: 'fail-reads', target: 'api-*', at: 6 },
    { do: 'drift-clock', target: '*', at: 7, ppm: 300_000 },
    { do: 'step-clock', target: '*', at: 7, byUs: -seconds(60) },
    { do: 'crash', target: '*', at: seconds(12) },
    { do: 'lose-region', region: 'east', at: 8 },
    { do: 'lose-disk', target: 'store-1', at: 8 },
    { do: 'lose-disk', target: 'store-3', at: 9, for: ms(20) },
  ];
  expect(checkPlan(broken, options)).toMatchInlineSnapshot(`
    [
      "faults[2] (rot a record of a file of store-2): store-1 of store is damaged already",
      "faults[3] (rot a record of a file of api-1): a rotten record can be had again only from other members of its group",
      "faults[4] (rot a record of a file of role:raft-leader): whoever plays the role then may be one member too many",
      "faults[5] (fail-reads region:east): store-1 of store is damaged already",
      "faults[7] (let the clock of * drift by 300000 ppm): the design's leases bear 50000 ppm",
      "faults[8] (step the clock of * by -60.000000 s): a step is at most 30000000 µs",
      "faults[9] (crash *): it begins only when all faults end, at 12000000 µs",
      "faults[12] (lose the disk of store-3, back after 0.020000 s): store-1 of store is damaged already",
    ]
  `);
  expect(checkPlan(broken, { ...options, mode: 'unrestricted' })).toMatchInlineSnapshot(`
    [
      "faults[3] (rot a record of a file of api-1): a rotten record can be had again only from other members of its group",
      "faults[4] (rot a record of a file of role:raft-leader): whoever plays the role then may be one member too many",
      "faults[7] (let the clock of * drift by 300000 ppm): the design's leases bear 50000 ppm",
      "faults[8] (step the clock of * by -60.000000 s): a step is at most 30000000 µs",
    ]
  `);
  expect(
    checkPlan([{ do: 'rot', target: 'store-1', at: 1 }], {
      ...options,
      groups: [{ name: 'store', members: members('store', 2), quorum: true }],
    }),
  ).toEqual(['faults[0] (rot a record of a file of store-1): store has no member to spare']);
});

test('a run takes every drawn plan', () => {
  for (let seed = 0; seed < 50; seed++) {
    const run = createRun({
      seed,
      topology: threeRegions(),
      faults: plan(seed),
      properties: [],
      healAtUs: options.healAtUs,
      endUs: seconds(13),
      build(world) {
        for (const { name, region } of options.groups.flatMap(({ members: all }) => all)) {
          world.process({ name, region, boot: () => ({ start: () => undefined }) });
        }
        world.role('raft-leader', () => 'store-1');
      },
    });
    expect(run.advance()).toBe('ok');
    expect(run.activeFaults).toEqual([]);
    expect(
      run.processes.every(({ running, slowness, disk }) => running && slowness === 1 && disk.slowness === 1 && !disk.full),
    ).toBe(true);
  }
});

test('nobody to strike, or no time for it, is an error that names the field', () => {
  expect(() => plan(1, { ...options, groups: [] })).toThrow('groups');
  expect(() => plan(1, { ...options, fromUs: seconds(20) })).toThrow('healAtUs');
});
