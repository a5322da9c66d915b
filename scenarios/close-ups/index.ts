/**
 * Close-ups: a small platform with little to do, or a store alone, to which one rare thing happens, as in a few seeds out of
 * thousands elsewhere. Hunts run them beside everything else, and so does whoever names one; a swarm that is told no names draws
 * none, since swarms are for what nobody has thought of.
 */
import type { Scenario } from '../define-scenario.ts';
import { cloudCallsHeldUp } from './cloud-calls-held-up.ts';
import { controllersBeginAnew } from './controllers-begin-anew.ts';
import { dnsChangesHeldUp } from './dns-changes-held-up.ts';
import { endpointsChangeHands } from './endpoints-change-hands.ts';
import { identitiesOutOfTouch } from './identities-out-of-touch.ts';
import { leaderWritesHeldUp } from './leader-writes-held-up.ts';
import { namesTakenOver } from './names-taken-over.ts';
import { nodesUnheard } from './nodes-unheard.ts';
import { primaryOnAnIsland } from './primary-on-an-island.ts';
import { servicesDeclaredAgain } from './services-declared-again.ts';
import { storms } from './storms.ts';
import { volumeWritesHeldUp } from './volume-writes-held-up.ts';
import { volumesComeAndGo } from './volumes-come-and-go.ts';
import { watchesHeldUp } from './watches-held-up.ts';

export const closeUps: readonly Scenario[] = [
  identitiesOutOfTouch,
  primaryOnAnIsland,
  dnsChangesHeldUp,
  cloudCallsHeldUp,
  volumeWritesHeldUp,
  namesTakenOver,
  nodesUnheard,
  controllersBeginAnew,
  leaderWritesHeldUp,
  volumesComeAndGo,
  watchesHeldUp,
  servicesDeclaredAgain,
  endpointsChangeHands,
  ...storms,
];
