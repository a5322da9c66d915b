/**
 * One deployment gets release after release, while the leader of the canary keeper stands still or is
 * cut off, or what it writes is held up.
 */
import { defineScenario, type Scenario } from 'quorate';
import { asyncController, loadController, type ControllerProgram } from 'quorate/async';
import { buildPlatform, platformGroups, type Intent } from 'quorate/model';
import { ms, seconds } from 'quorate/sim';
import { canariesNeverGoBack } from './never-goes-back.ts';

const REPLICAS = ['east', 'north'].map((region) => ({ name: `canary-keeper-${region}`, region }));
const RELEASES = 12;

function image(release: number): string {
  return `app:${release}`;
}

export function scenarioOf(program: ControllerProgram): Scenario {
  return defineScenario({
    name: 'canaries-release-by-release',
    title: 'the leader of the canary keeper is struck, or held up, while a deployment gets release after release',
    healAtUs: seconds(9),
    endUs: seconds(24),
    workload(draw): Intent[] {
      const stream = draw.stream('workload');
      const client = 'operator-1';
      const name = 'web';
      let at = seconds(2);
      const intents: Intent[] = [{ at, client, operation: 'declare', arguments: { name, replicas: 2, image: image(1) } }];
      for (let release = 2; release <= RELEASES; release++) {
        at += ms(stream.between(300, 700));
        intents.push({ at, client, operation: 'roll-out', arguments: { name, image: image(release) } });
      }
      return intents;
    },
    faults(draw) {
      const stream = draw.stream('faults');
      const target = 'role:canary-keeper-leader';
      const at = ms(stream.between(3_500, 5_500));
      if (stream.percent(40)) return [{ at, do: stream.pick(['pause', 'isolate', 'crash'] as const), target, for: seconds(3) }];
      // What it writes in these 700 ms is on its way for longer than the two seconds that its client waits for an answer.
      return [{ at, do: 'delay', from: target, to: 'api-*', kind: 'api/update', oneWay: true, byUs: ms(2_500), for: ms(700) }];
    },
    build(world, setup) {
      buildPlatform(world, setup);
      const { design, defects } = setup;
      const apiEndpoints = platformGroups(design).api;
      for (const { name, region } of REPLICAS) {
        world.process({ name, region, boot: asyncController({ program, design, defects, apiEndpoints }) }, ms(50));
      }
      world.role('canary-keeper-leader', () => REPLICAS.find(({ name }) => leads(world.inspect(name)))?.name ?? null);
    },
    properties: [canariesNeverGoBack],
  });
}

function leads(view: unknown): boolean {
  return view !== null && (view as { readonly leading: unknown }).leading !== null;
}

export default scenarioOf(loadController(new URL('./async-canary-keeper.ts', import.meta.url)));
