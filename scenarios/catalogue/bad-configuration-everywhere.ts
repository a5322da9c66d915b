/**
 * A version that cannot serve is rolled out for every service in all regions within a moment, and taken back later. After the
 * outage of Google Cloud on 12 June 2025 (a policy with blank fields, replicated everywhere within seconds) and Datadog's of 8
 * March 2023 (one update on all machines in one window): what still serves has to go on.
 */
import type { Intent } from '../../model/intent.ts';
import { referenceTo } from '../../model/outside/artifacts/content.ts';
import { OPERATORS } from '../../model/platform.ts';
import { BROKEN_REPOSITORY, CRASHING_REPOSITORY } from '../../model/regions/image.ts';
import { defineScenario, type Draw } from '../define-scenario.ts';
import { drawMs } from '../drawing.ts';
import { busyUsers, DATABASE, serviceWorkload, SITE } from '../workload/service-workload.ts';
import { lateTimes } from './usual.ts';

export const badConfigurationEverywhere = defineScenario({
  name: 'bad-configuration-everywhere',
  title: 'a version that cannot serve is rolled out in all regions at once, and taken back later',
  ...lateTimes,
  design: busyUsers,
  workload: (draw) => serviceWorkload(draw, rollOuts(draw)),
  faults: (draw) => {
    const stream = draw.stream('faults');
    const target = stream.pick(['role:endpoints-leader', 'role:deployer-leader', 'role:failover-leader', 'role:planner-leader']);
    return [
      {
        at: drawMs(stream, 9_000, 13_000),
        do: stream.pick(['kill', 'pause', 'crash']),
        target,
        for: drawMs(stream, 1_000, 4_000),
      },
    ];
  },
});

function rollOuts(draw: Draw): readonly Intent[] {
  const stream = draw.stream('roll-outs');
  const bad = referenceTo(`registry/${stream.pick([BROKEN_REPOSITORY, CRASHING_REPOSITORY])}`, 'build-2');
  const good = referenceTo('registry/app', 'build-3');
  const at = drawMs(stream, 8_000, 9_500);
  const backAt = at + drawMs(stream, 4_000, 7_000);
  return [DATABASE, SITE].flatMap((name): readonly Intent[] => [
    { at: at + drawMs(stream, 0, 300), client: stream.pick(OPERATORS), operation: 'roll-out', arguments: { name, image: bad } },
    {
      at: backAt + drawMs(stream, 0, 300),
      client: stream.pick(OPERATORS),
      operation: 'roll-out',
      arguments: { name, image: good },
    },
  ]);
}
