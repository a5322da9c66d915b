/**
 * A database's primary is cut off together with the gateway and the users of its region, who go on writing there; the others soon
 * take it for dead and promote another. After GitHub's incident of 21 October 2018, with timing that does harm: failure is
 * noticed long before the old primary's deadline has passed.
 */
import type { Intent } from '../../model/intent.ts';
import { referenceTo } from '../../model/outside/artifacts/content.ts';
import { buildPlatform, OPERATORS } from '../../model/platform.ts';
import { ms, seconds } from '../../sim/index.ts';
import { defineScenario } from '../define-scenario.ts';
import { drawMs } from '../drawing.ts';
import { DATABASE } from '../workload/service-workload.ts';
import { smallPlatform } from './small-platform.ts';

export const primaryOnAnIsland = defineScenario({
  name: 'primary-on-an-island',
  title: 'the primary of a database is cut off together with the users of its region, and is soon given up',
  healAtUs: seconds(17),
  endUs: seconds(60),
  design: (draw) => ({
    ...smallPlatform(draw.stream('design')),
    userPauseUs: ms(90),
    // It may be a few writes ahead of its followers, or as many as come in until its deadline.
    replicationLagMax: draw.stream('lag').pick([6, 40]),
    healthCheckUs: ms(400),
    healthTimeoutUs: ms(300),
    unhealthyChecks: 2,
    failoverAfterUs: ms(200),
    failoverPauseUs: seconds(2),
    primaryDeadlineUs: seconds(4),
  }),
  workload: (draw): readonly Intent[] => {
    const stream = draw.stream('workload');
    const client = stream.pick(OPERATORS);
    const image = referenceTo('registry/app', 'build-1');
    return [
      { at: drawMs(stream, 4_000, 4_500), client, operation: 'declare', arguments: { name: DATABASE, replicas: 3, image } },
      {
        at: drawMs(stream, 4_600, 5_000),
        client,
        operation: 'declare-service',
        arguments: { name: DATABASE, deployment: DATABASE, mode: 'primary' },
      },
    ];
  },
  faults: (draw) => {
    const stream = draw.stream('faults');
    return [
      {
        do: 'isolate',
        target: 'role:primary,role:primary-gateway,role:primary-user',
        at: drawMs(stream, 7_500, 9_000),
        for: seconds(10),
      },
    ];
  },
  build: buildPlatform,
});
