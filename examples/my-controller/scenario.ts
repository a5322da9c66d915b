/**
 * The scenario: the whole platform with the controller in it, whose leader is paused or cut off while operators change things.
 */
import { defineScenario, type Scenario } from 'quorate';
import { buildPlatform, platformGroups } from 'quorate/model';
import { ms, seconds } from 'quorate/sim';
import { canaryKeeper, ROLE } from './canary-keeper.ts';
import { canariesFollow, writesCanariesUnderItsToken } from './properties.ts';

const REPLICAS = [
  { name: `${ROLE}-east`, region: 'east' },
  { name: `${ROLE}-north`, region: 'north' },
];

export function scenarioWith({ unfenced }: { readonly unfenced: boolean }): Scenario {
  return defineScenario({
    name: 'canaries-under-faults',
    title: 'the leader of the canary keeper is paused or cut off while operators roll out',
    healAtUs: seconds(10),
    endUs: seconds(32),
    faults(draw) {
      const stream = draw.stream('faults');
      const at = ms(stream.between(3_000, 6_000));
      const target = `role:${ROLE}-leader`;
      const lasting = ms(stream.between(1_500, 4_500));
      return [{ at, do: stream.pick(['pause', 'isolate', 'crash'] as const), target, for: lasting }];
    },
    build(world, setup) {
      buildPlatform(world, setup);
      const { design, defects } = setup;
      const apiEndpoints = platformGroups(design).api;
      for (const { name, region } of REPLICAS) {
        world.process({ name, region, boot: canaryKeeper({ design, defects, apiEndpoints, unfenced }) }, ms(50));
      }
      world.role(`${ROLE}-leader`, () => REPLICAS.find(({ name }) => leads(world.inspect(name)))?.name ?? null);
    },
    properties: [writesCanariesUnderItsToken, canariesFollow],
  });
}

function leads(view: unknown): boolean {
  return view !== null && (view as { readonly leading: unknown }).leading !== null;
}

export default scenarioWith({ unfenced: false });
