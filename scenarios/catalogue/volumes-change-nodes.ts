/**
 * Databases move between nodes with their volumes: their nodes die, stand still or are cut off, they are rolled out, deleted
 * and declared again, and the provisioner dies in between. After kubernetes #106710 (volumes detached while mounted, by a
 * timeout), #44858 (an attachment that nobody remembered), #45143 (a claim deleted under its pod) and the volumes that
 * aws-ebs-csi-driver #165 made twice.
 */
import type { Reclaim } from '../../model/api/resources/index.ts';
import type { Intent } from '../../model/intent.ts';
import { referenceTo } from '../../model/outside/artifacts/content.ts';
import { OPERATORS, platformGroups } from '../../model/platform.ts';
import { ms, type Fault, type Stream } from '../../sim/index.ts';
import { defineScenario } from '../define-scenario.ts';
import { drawMs } from '../drawing.ts';
import { lateTimes } from './usual.ts';

const IMAGES = ['build-1', 'build-2', 'build-3'].map((build) => referenceTo('registry/app', build));
const BEGIN_US = ms(2_200);
const LAST_US = lateTimes.healAtUs - ms(3_500);

export const volumesChangeNodes = defineScenario({
  name: 'volumes-change-nodes',
  title: 'databases move between nodes with their volumes, while nodes fall silent and the provisioner dies',
  ...lateTimes,
  design: { volumes: true },
  workload: (draw) => {
    const stream = draw.stream('workload');
    return [
      ...longLife(stream, 'ledger', 'retain'),
      ...longLife(stream, 'orders', 'delete'),
      ...shortLives(stream, 'carts'),
    ].sort((a, b) => a.at - b.at);
  },
  faults: (draw) => {
    const stream = draw.stream('faults');
    const faults: Fault[] = [];
    const { nodes } = platformGroups(draw.design);
    for (let at = drawMs(stream, 5_000, 7_000); at < lateTimes.healAtUs; at += drawMs(stream, 7_000, 10_000)) {
      const target = stream.pick(nodes);
      const lasting = drawMs(stream, 6_000, 9_500);
      // Or only the control plane hears nothing of it.
      if (stream.percent(60)) faults.push({ at, do: stream.pick(['crash', 'pause', 'isolate']), target, for: lasting });
      else faults.push({ at, do: 'partition', from: target, to: 'api-*', for: lasting });
    }
    // What is written arrives late, when the volume may be another's by now.
    for (let at = drawMs(stream, 4_000, 6_000); at < lateTimes.healAtUs; at += drawMs(stream, 4_000, 7_000)) {
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
    for (let at = drawMs(stream, 3_000, 5_000); at < lateTimes.healAtUs; at += drawMs(stream, 2_200, 5_500)) {
      if (stream.percent(60))
        faults.push({
          at: at - ms(300),
          do: 'partition',
          from: 'cloud',
          to: 'provisioner-*',
          oneWay: true,
          for: drawMs(stream, 300, 1_800),
        });
      faults.push({ at, do: stream.pick(['crash', 'kill']), target: 'role:provisioner-leader', for: drawMs(stream, 100, 1_500) });
    }
    return faults;
  },
});

/** A deployment with volumes is scaled and rolled out, and in the end perhaps deleted and declared again. */
function longLife(stream: Stream, name: string, reclaim: Reclaim): readonly Intent[] {
  const client = stream.pick(OPERATORS);
  const intents: Intent[] = [
    { at: BEGIN_US + drawMs(stream, 0, 500), client, ...declared(stream, name, stream.between(2, 3), reclaim) },
  ];
  for (let at = BEGIN_US + drawMs(stream, 2_500, 4_500); at < LAST_US; at += drawMs(stream, 2_000, 4_500)) {
    if (stream.percent(35)) {
      intents.push({ at, client, operation: 'scale', arguments: { name, replicas: stream.between(1, 3) } });
      continue;
    }
    // The first one was a mistake.
    const laterUs = at + drawMs(stream, 300, 1_500);
    for (const when of [at, laterUs])
      intents.push({ at: when, client, operation: 'roll-out', arguments: { name, image: stream.pick(IMAGES) } });
  }
  if (stream.percent(70)) {
    const at = stream.between(ms(9_000), LAST_US);
    intents.push({ at, client, operation: 'delete', arguments: { name } });
    intents.push({ at: at + drawMs(stream, 50, 2_000), client, ...declared(stream, name, 2, reclaim) });
  }
  return intents.sort((a, b) => a.at - b.at);
}

/** One that goes with all that it has, again and again. */
function shortLives(stream: Stream, name: string): readonly Intent[] {
  const client = stream.pick(OPERATORS);
  const intents: Intent[] = [];
  for (let at = BEGIN_US + drawMs(stream, 500, 1_500); at < LAST_US; at += drawMs(stream, 300, 1_500)) {
    intents.push({ at, client, ...declared(stream, name, stream.between(1, 2), 'delete') });
    at += drawMs(stream, 2_500, 4_500);
    intents.push({ at, client, operation: 'delete', arguments: { name } });
  }
  return intents;
}

function declared(stream: Stream, name: string, replicas: number, reclaim: Reclaim) {
  const storage = { sizeGb: stream.between(1, 100), reclaim };
  return {
    operation: 'declare',
    arguments: { name, replicas, image: stream.pick(IMAGES), identity: 'stable', storage },
  } as const;
}
