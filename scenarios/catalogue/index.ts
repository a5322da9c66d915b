/**
 * The built-in scenarios: the fault rows of the design review's table, and what a control plane must live through beside them.
 */
import { closeUps } from '../close-ups/index.ts';
import type { Scenario } from '../define-scenario.ts';
import { agentsRestart } from './agents-restart.ts';
import { badConfigurationEverywhere } from './bad-configuration-everywhere.ts';
import { badRollOut } from './bad-roll-out.ts';
import { blindController } from './blind-controller.ts';
import { blankConfiguration } from './blank-configuration.ts';
import { apiStorm } from './api-storm.ts';
import { compactionGap } from './compaction-gap.ts';
import { controlPlaneGone } from './control-plane-gone.ts';
import { controllerRestarts } from './controller-restarts.ts';
import { crashAfterExternalCall } from './crash-after-external-call.ts';
import { delayLeaseRenewals } from './delay-lease-renewals.ts';
import { dnsPlansOvertake } from './dns-plans-overtake.ts';
import { dropAcknowledgements } from './drop-acknowledgements.ts';
import { halfDeadSwitch } from './half-dead-switch.ts';
import { healthChecksFailEverywhere } from './health-checks-fail-everywhere.ts';
import { namesComeAndGo } from './names-come-and-go.ts';
import { fiftyReplicas } from './fifty-replicas.ts';
import { oldLeaderResumes } from './old-leader-resumes.ts';
import { partitionLeaderFromStore } from './partition-leader-from-store.ts';
import { pauseTheLeader } from './pause-the-leader.ts';
import { primaryFallsSilent } from './primary-falls-silent.ts';
import { powerStaysAway } from './power-stays-away.ts';
import { quorumLoss } from './quorum-loss.ts';
import { regionCutFromItsPeers } from './region-cut-from-its-peers.ts';
import { regionCutOff } from './region-cut-off.ts';
import { regionLeaves } from './region-leaves.ts';
import { regionLoss } from './region-loss.ts';
import { registryOutage } from './registry-outage.ts';
import { regionsWriteApart } from './regions-write-apart.ts';
import { slowButAliveLeader } from './slow-but-alive-leader.ts';
import { telemetryOutage } from './telemetry-outage.ts';
import { replaceAMember } from './replace-a-member.ts';
import { restartLeaders } from './restart-leaders.ts';
import { slowDisks } from './slow-disks.ts';
import { stampedeAfterRestart } from './stampede-after-restart.ts';
import { steady } from './steady.ts';
import { storeStorm } from './store-storm.ts';
import { volumesChangeNodes } from './volumes-change-nodes.ts';
import { watchReconnects } from './watch-reconnects.ts';
import { watchesLag } from './watches-lag.ts';

/** Those that a swarm draws from when it is told no names. Which one a seed draws depends on how many there are. */
export const drawnScenarios: readonly Scenario[] = [
  steady,
  pauseTheLeader,
  partitionLeaderFromStore,
  delayLeaseRenewals,
  restartLeaders,
  dropAcknowledgements,
  slowDisks,
  watchReconnects,
  compactionGap,
  controllerRestarts,
  namesComeAndGo,
  blankConfiguration,
  oldLeaderResumes,
  crashAfterExternalCall,
  quorumLoss,
  regionLoss,
  powerStaysAway,
  regionCutOff,
  regionLeaves,
  blindController,
  agentsRestart,
  badRollOut,
  fiftyReplicas,
  replaceAMember,
  regionCutFromItsPeers,
  primaryFallsSilent,
  halfDeadSwitch,
  controlPlaneGone,
  healthChecksFailEverywhere,
  dnsPlansOvertake,
  badConfigurationEverywhere,
  storeStorm,
  apiStorm,
  regionsWriteApart,
  registryOutage,
  telemetryOutage,
  slowButAliveLeader,
  stampedeAfterRestart,
  watchesLag,
  volumesChangeNodes,
];

export const catalogue: readonly Scenario[] = [...drawnScenarios, ...closeUps];
