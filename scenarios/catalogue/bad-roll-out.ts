/**
 * A version that never gets ready is rolled out everywhere, and then its fix, or what was there before. Whoever waits for the bad
 * one first waits for ever (Acto: cloudnative-pg#282, zookeeper-operator#547, kubernetes#67250). In half of the runs the roll-out
 * of a good one is paused half-way, for somebody to look at it.
 */
import type { Intent } from '../../model/intent.ts';
import { referenceTo } from '../../model/outside/artifacts/content.ts';
import { OPERATORS } from '../../model/platform.ts';
import { BROKEN_REPOSITORY, CRASHING_REPOSITORY } from '../../model/regions/image.ts';
import { ms } from '../../sim/index.ts';
import { defineScenario, type WorkloadDraw } from '../define-scenario.ts';
import { usualTimes } from './usual.ts';

export const badRollOut = defineScenario({
  name: 'bad-roll-out',
  title: 'a version that never becomes ready is rolled out, and then its fix',
  ...usualTimes,
  workload: (draw) => [...['web', 'queue', 'ledger'].flatMap((name) => story(draw, name)), ...pausedHalfWay(draw)],
});

function pausedHalfWay(draw: WorkloadDraw): readonly Intent[] {
  const stream = draw.stream('workload/search');
  if (stream.percent(50)) return [];
  const name = 'search';
  const client = stream.pick(OPERATORS);
  const [first, second] = ['build-1', 'build-2'].map((build) => referenceTo('registry/app', build)) as [string, string];
  const rollOutAt = ms(stream.between(5_000, 5_500));
  const pauseAt = rollOutAt + ms(stream.between(500, 1_500));
  return [
    {
      at: ms(stream.between(1_800, 2_400)),
      client,
      operation: 'declare',
      arguments: { name, replicas: stream.between(4, 6), image: first },
    },
    { at: rollOutAt, client, operation: 'roll-out', arguments: { name, image: second } },
    { at: pauseAt, client, operation: 'pause-roll-out', arguments: { name } },
    { at: pauseAt + ms(stream.between(3_000, 4_500)), client, operation: 'resume-roll-out', arguments: { name } },
  ];
}

function story(draw: WorkloadDraw, name: string): readonly Intent[] {
  const stream = draw.stream(`workload/${name}`);
  const client = stream.pick(OPERATORS);
  const bad = referenceTo(`registry/${stream.pick([BROKEN_REPOSITORY, CRASHING_REPOSITORY])}`, 'build-1');
  const spec = {
    replicas: stream.between(2, 4),
    image: referenceTo('registry/app', 'build-1'),
    identity: name === 'ledger' ? 'stable' : 'none',
  } as const;
  const badAt = ms(stream.between(5_000, 6_000));
  const fixAt = badAt + ms(stream.between(800, 3_000));
  const fix: Intent = stream.percent(50)
    ? { at: fixAt, client, operation: 'roll-back', arguments: { name } }
    : { at: fixAt, client, operation: 'roll-out', arguments: { name, image: referenceTo('registry/app', 'build-2') } };
  return [
    { at: ms(stream.between(1_800, 2_400)), client, operation: 'declare', arguments: { name, ...spec } },
    { at: badAt, client, operation: 'roll-out', arguments: { name, image: bad } },
    fix,
  ];
}
