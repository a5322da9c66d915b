/** Small worlds for the tests of the simulator itself. */
import { createRun, seconds, threeRegions, type Fault, type Os, type Program, type Run, type RunSpec } from '../index.ts';

export interface TinyWorld extends Partial<Omit<RunSpec, 'build' | 'faults'>> {
  /** By name; they stand in the regions by turns. */
  readonly programs: Readonly<Record<string, (os: Os) => Partial<Program>>>;
  readonly faults?: readonly Fault[];
}

/** The spec of a run with these programs, ten seconds long with the heal at nine unless said otherwise. */
export function tinySpec({ programs, ...rest }: TinyWorld): RunSpec {
  const topology = rest.topology ?? threeRegions();
  return {
    seed: 1,
    topology,
    properties: [],
    faults: [],
    healAtUs: seconds(9),
    endUs: seconds(10),
    freezeMessages: true,
    build(world) {
      let position = 0;
      for (const [name, program] of Object.entries(programs)) {
        const region = topology.regions[position++ % topology.regions.length] as string;
        world.process({ name, region, boot: (os) => ({ start: () => undefined, ...program(os) }) });
      }
    },
    ...rest,
  };
}

export function tinyRun(world: TinyWorld): Run {
  return createRun(tinySpec(world));
}
