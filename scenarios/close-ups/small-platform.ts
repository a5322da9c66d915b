/** What a scenario that aims at one thing builds: as few processes as a platform of three regions can do with, and at its pace. */
import type { Design } from '../../model/design.ts';
import { ms, type Stream } from '../../sim/index.ts';

/** Leaders are elected in either way, and controllers wait for their own writes in either way. */
export function smallPlatform(stream: Stream): Partial<Design> {
  return {
    storeMembers: 3,
    apiServersPerRegion: 1,
    nodesPerRegion: 1,
    controllerReplicas: 2,
    // As few users, and as little of what is observed, as there can be: nothing is lost here by that.
    userPauseUs: ms(1_000),
    electorRecipe: stream.pick(['lease', 'lease', 'election'] as const),
    ownWrites: stream.pick(['versions', 'expectations'] as const),
  };
}
