/**
 * Volumes are created, attached and deleted again with the databases that use them, while the provisioner gets no answers to its
 * calls and is killed: its successor has to find out what happened. After kubernetes #44858 and #94912 (attachments that nobody
 * remembered) and #45143 (a volume deleted under its user).
 */
import type { Intent } from '../../model/intent.ts';
import { referenceTo } from '../../model/outside/artifacts/content.ts';
import { buildPlatform, OPERATORS } from '../../model/platform.ts';
import { ms, seconds, type Fault, type Stream } from '../../sim/index.ts';
import { defineScenario } from '../define-scenario.ts';
import { drawMs } from '../drawing.ts';
import { smallPlatform } from './small-platform.ts';

const HEAL_AT_US = seconds(14);
const LAST_US = HEAL_AT_US - ms(500);

export const volumesComeAndGo = defineScenario({
  name: 'volumes-come-and-go',
  title: 'volumes are made and deleted again, while the provisioner dies before it hears what came of its calls',
  healAtUs: HEAL_AT_US,
  endUs: seconds(54),
  design: (draw) => ({ ...smallPlatform(draw.stream('design')), volumes: true }),
  workload: (draw) => {
    const stream = draw.stream('workload');
    return ['carts', 'orders', 'ledger'].flatMap((name) => shortLives(stream, name)).sort((a, b) => a.at - b.at);
  },
  faults: (draw) => {
    const stream = draw.stream('faults');
    const faults: Fault[] = [];
    for (let at = drawMs(stream, 3_000, 4_500); at < LAST_US; at += drawMs(stream, 2_000, 3_500)) {
      faults.push({
        at: at - ms(300),
        do: 'partition',
        from: 'cloud',
        to: 'provisioner-*',
        oneWay: true,
        for: drawMs(stream, 600, 1_800),
      });
      faults.push({ at, do: 'kill', target: 'role:provisioner-leader', for: drawMs(stream, 100, 1_500) });
    }
    // A node that is told to stop goes on writing for a while, as seen from the cloud.
    for (let at = drawMs(stream, 4_000, 6_000); at < LAST_US; at += drawMs(stream, 4_000, 7_000)) {
      faults.push({
        at,
        do: 'delay',
        from: 'node-*',
        to: 'cloud',
        oneWay: true,
        byUs: drawMs(stream, 2_000, 5_000),
        for: drawMs(stream, 1_000, 2_500),
      });
    }
    return faults;
  },
  build: buildPlatform,
});

/** One name, declared with volumes that go with it, and deleted, again and again. */
function shortLives(stream: Stream, name: string): readonly Intent[] {
  const client = stream.pick(OPERATORS);
  const image = referenceTo('registry/app', 'build-1');
  const intents: Intent[] = [];
  for (let at = ms(2_200) + drawMs(stream, 0, 1_500); at < LAST_US; at += drawMs(stream, 300, 1_000)) {
    const storage = { sizeGb: 10, reclaim: 'delete' } as const;
    intents.push({
      at,
      client,
      operation: 'declare',
      arguments: { name, replicas: stream.between(1, 2), image, identity: 'stable', storage },
    });
    at += drawMs(stream, 1_500, 3_500);
    intents.push({ at, client, operation: 'delete', arguments: { name } });
  }
  return intents;
}
