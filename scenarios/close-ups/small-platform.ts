/** The platform of a scenario that aims at one thing: the fewest processes with which a platform of three regions works. */
import type { Design } from '../../model/design.ts';
import type { Intent } from '../../model/intent.ts';
import { referenceTo } from '../../model/outside/artifacts/content.ts';
import { OPERATORS } from '../../model/platform.ts';
import { ms, type Micros, type Stream } from '../../sim/index.ts';
import { drawMs } from '../drawing.ts';

/** Leaders are elected in either way, and controllers wait for their own writes in either way. */
export function smallPlatform(stream: Stream): Partial<Design> {
  return {
    storeMembers: 3,
    apiServersPerRegion: 1,
    nodesPerRegion: 1,
    controllerReplicas: 2,
    // As few users and as little telemetry as possible: close-ups do not need them.
    userPauseUs: ms(1_000),
    electorRecipe: stream.pick(['lease', 'lease', 'election'] as const),
    ownWrites: stream.pick(['versions', 'expectations'] as const),
  };
}

/**
 * One deployment that is scaled up and down several times a second until then: there is always
 * something to create and something to delete.
 */
export function scaledUpAndDown(stream: Stream, untilUs: Micros, replicasMax: number): readonly Intent[] {
  const client = stream.pick(OPERATORS);
  const image = referenceTo('registry/app', 'build-1');
  const intents: Intent[] = [
    { at: drawMs(stream, 1_900, 2_400), client, operation: 'declare', arguments: { name: 'web', replicas: 1, image } },
  ];
  for (let at = ms(3_500); at < untilUs; at += drawMs(stream, 150, 450)) {
    intents.push({ at, client, operation: 'scale', arguments: { name: 'web', replicas: stream.between(1, replicasMax) } });
  }
  return intents;
}
