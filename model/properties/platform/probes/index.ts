/** What must have been seen of the platform. */
import type { Property } from '../../../../sim/index.ts';
import { probe, type Probe } from '../../shared/probe.ts';
import type { ApiCallsOf } from '../api/calls.ts';
import type { JournalOf } from '../journal.ts';
import {
  clockStepsWhileLeading,
  deposedAlive,
  leaderChangeUnderRequest,
  leaseTakeover,
  pausedLeaderResumed,
  quorumRegained,
  snapshotInstalled,
  unknownOutcome,
} from './authority.ts';
import { bookmarkUsed, conflictOvercome, paged, refusedWith, relisted } from './clients.ts';
import { imageFromElsewhere, recordsDropped, repetitionRecognised } from './outside.ts';
import {
  backendRecovered,
  epochRefused,
  oldPrimaryAlive,
  planRaced,
  primaryReplaced,
  servedLastGood,
  usersWentWithout,
} from './services.ts';
import type { PlatformSight } from './sight.ts';
import { volumeHeldInUse, volumeMoved, volumeTakenFromLostNode } from './volumes.ts';
import {
  cascadingDeletion,
  evictionHeldBack,
  expectationExpired,
  finalizerHeld,
  identityMoved,
  nodeDrained,
  nodeJoined,
  nodeLeft,
  regionJoined,
  regionLeft,
  restarted,
  rolledBack,
  rollOutHalted,
  surgeReached,
  workloadMoved,
  zonesBlind,
} from './workloads.ts';

type Table = readonly Probe<PlatformSight>[];

const ofTheApi: Table = [
  ['watch-after-gap', 'a watch cannot continue because what it missed is no longer kept', (sight) => refusedWith(sight, 'gone')],
  ['relist-after-gap', 'a client whose watch cannot continue lists again', relisted],
  ['bookmark-used', 'a watch is resumed from a bookmark', bookmarkUsed],
  ['conflict-overcome', 'a write that conflicted with another change succeeds when it is tried again', conflictOvercome],
  ['finalizer-held', 'a finalizer holds up a deletion until its work is done', finalizerHeld],
];

/** What a platform at its usual work never meets with. */
const ofAnApiInAStorm: Table = [
  [
    'version-not-reached',
    'an API server does not reach the version that it is asked for in time',
    (sight) => refusedWith(sight, 'too-large-version'),
  ],
  [
    'too-many-requests',
    'an API server is full, refuses a request, and says when to come back',
    (sight) => refusedWith(sight, 'too-many-requests'),
  ],
  ['list-in-pages', 'a list is read page by page', paged],
];

const ofThePlatform: Table = [
  ['leader-change-under-request', 'the store changes its leader while an operator waits for an answer', leaderChangeUnderRequest],
  ['lease-takeover', "a controller's lease passes from one process to another", leaseTakeover],
  ['deposed-alive', 'a lease passes on while its former holder is still running', deposedAlive],
  ['paused-leader-resumed', 'a leader goes on after a pause in which another took over', pausedLeaderResumed],
  ['clock-steps-while-leading', 'the clock of a process that holds a role jumps', clockStepsWhileLeading],
  ['action-fenced', 'an action of an old leader is refused because of its token', (sight) => refusedWith(sight, 'fenced')],
  ['quorum-regained', 'the store loses its majority and gets it back', quorumRegained],
  ['snapshot-installed', 'a lagging member of the store gets a snapshot', snapshotInstalled],
  ['unknown-outcome', 'an operator does not learn what became of its write', unknownOutcome],

  ['workload-moved', 'workloads of a node that counts as lost are created again elsewhere', workloadMoved],
  ['identity-moved', 'a workload with a stable identity continues on another node', identityMoved],
  ['workload-restarted', 'a workload ends by itself and is started again', restarted],
  ['cascading-deletion', 'what belongs to a deleted object is deleted after it', cascadingDeletion],
  ['expectation-expired', 'a controller does not see its own write in time, and lists again', expectationExpired],
  ['eviction-held-back', 'a silent node is not given up yet, for the sake of its zone', evictionHeldBack],
  ['zones-blind', 'no node of any zone is heard from, and none is given up because of that', zonesBlind],
  ['roll-out-resumed', 'a roll-out that was halted goes on', rollOutHalted],
  ['rolled-back', 'a deployment gets back an image that it had before', rolledBack],
  ['surge-reached', 'a roll-out has as many workloads at once as its surge allows', surgeReached],
  ['node-drained', 'the last workload leaves a node that is being drained', nodeDrained],
  ['node-left', 'a node goes out of service, and its region stays', nodeLeft],
  ['node-joined', 'a node that went out of service by itself comes back', nodeJoined],
  ['region-left', 'a region goes out of service', regionLeft],
  ['region-joined', 'a region comes back into service', regionJoined],

  ['volume-moved', 'a volume is attached to another node than before', volumeMoved],
  ['volume-taken-from-lost-node', 'a volume is detached from a node that is not heard from', volumeTakenFromLostNode],
  ['volume-held-in-use', 'a volume is deleted while it is attached, and its removal waits', volumeHeldInUse],

  ['primary-replaced', 'a new primary takes writes in the place of another', primaryReplaced],
  ['old-primary-alive', 'a primary is replaced while its machine is still running', oldPrimaryAlive],
  ['epoch-refused', 'a write is refused because of its epoch', epochRefused],
  ['users-went-without', 'a user who was served before is not served', usersWentWithout],
  ['last-good-routes', 'a gateway serves users while the control plane has no majority', servedLastGood],
  ['backend-recovered', 'a backend that looked dead answers again', backendRecovered],
  ['dns-plan-raced', 'an enactor comes too late with its plan, or with its clean-up', planRaced],

  ['repetition-recognised', 'the cloud answers a repeated request with its first result', repetitionRecognised],
  ['records-dropped', 'telemetry is dropped, and counted, because nobody takes it', recordsDropped],
  ['image-from-elsewhere', "an image comes from another region's registry", imageFromElsewhere],
];

export function platformProbes(journalOf: JournalOf, callsOf: ApiCallsOf): readonly Property[] {
  return [...ofThePlatform, ...ofTheApi].map((line) => probeOf(line, journalOf, callsOf));
}

/** Of a world that is made for the API's machinery. */
export function apiStormProbes(journalOf: JournalOf, callsOf: ApiCallsOf): readonly Property[] {
  return [...ofTheApi, ...ofAnApiInAStorm].map((line) => probeOf(line, journalOf, callsOf));
}

function probeOf([name, title, watch]: Table[number], journalOf: JournalOf, callsOf: ApiCallsOf): Property {
  return probe(`platform/${name}`, title, (hit, scene) =>
    watch({ hit, scene, journal: journalOf(scene), calls: callsOf(scene) }),
  );
}
