/**
 * Consensus and the store by themselves, in foul weather. Every seed draws a world of its own: members, pace, limits, network,
 * what clients are fond of, and one kind of weather after the other. One configuration for every defect of these two layers:
 * nothing in it knows which one is looked for.
 */
import { buildStoreGroup } from '../../model/store/group.ts';
import { sharedCommits } from '../../model/properties/probe.ts';
import { storeProperties } from '../../model/properties/store/index.ts';
import { storeProbes } from '../../model/properties/store/probes/index.ts';
import { raftPropertiesOf } from '../../model/properties/raft.ts';
import { raftProbes } from '../../model/properties/raft/probes/index.ts';
import type { MemberIntent } from '../../model/store/client/member-operator.ts';
import type { StoreIntent } from '../../model/store/client/workload.ts';
import { seconds } from '../../sim/index.ts';
import { defineScenario } from '../define-scenario.ts';
import { stormDesign, stormTopology } from '../storm/design.ts';
import { membersCatchUp, served } from '../storm/goals.ts';
import { stormWeather } from '../storm/weather.ts';
import { stormWorkload } from '../storm/workload.ts';

const HEAL_AT_US = seconds(6);

export const storeStorm = defineScenario<StoreIntent | MemberIntent>({
  name: 'store-storm',
  title: 'a store by itself in foul weather; every seed draws another one',
  healAtUs: HEAL_AT_US,
  endUs: seconds(25),
  design: stormDesign,
  topology: stormTopology,
  workload: (draw) => stormWorkload(draw, HEAL_AT_US),
  faults: (draw) => stormWeather(draw, HEAL_AT_US),
  build: buildStoreGroup,
  properties: (design) => {
    const commitsOf = sharedCommits();
    return [...storeProperties(design), ...raftPropertiesOf(design), served, membersCatchUp, ...storeProbes(commitsOf), ...raftProbes(commitsOf)];
  },
  onlyTheseProperties: true,
});
