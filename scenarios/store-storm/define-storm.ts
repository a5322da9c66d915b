/** A storm: a store by itself, with its clients and its operator, under the faults of what its seeds are about. */
import { buildStoreGroup } from '../../model/store/group.ts';
import { sharedCommits } from '../../model/properties/shared/probe.ts';
import { storeProperties } from '../../model/properties/store/index.ts';
import { membersCatchUp } from '../../model/properties/store/members-catch-up.ts';
import { storeProbes } from '../../model/properties/store/probes/index.ts';
import { raftPropertiesOf } from '../../model/properties/raft/index.ts';
import { raftProbes } from '../../model/properties/raft/probes/index.ts';
import type { MemberIntent } from '../../model/store/client/member-operator.ts';
import type { StoreIntent } from '../../model/store/client/workload.ts';
import { seconds } from '../../sim/index.ts';
import { defineScenario, type Draw, type Scenario } from '../define-scenario.ts';
import { stormDesign, stormTopology } from './design.ts';
import { drawStormFaults } from './fault-patterns.ts';
import { served } from './goals.ts';
import { stormWorkload } from './workload.ts';

import type { Theme } from './themes.ts';

const HEAL_AT_US = seconds(6);

export interface Storm {
  readonly name: string;
  readonly title: string;
  /** What a seed is about; null for nothing in particular. The same at every call. */
  readonly themeOf: (draw: Pick<Draw, 'seed'>) => Theme | null;
}

export function defineStorm({ name, title, themeOf }: Storm): Scenario {
  return defineScenario<StoreIntent | MemberIntent>({
    name,
    title,
    healAtUs: HEAL_AT_US,
    endUs: seconds(25),
    design: (draw) => stormDesign(draw, themeOf(draw)),
    topology: (draw) => stormTopology(draw, themeOf(draw)),
    workload: (draw) => stormWorkload(draw, themeOf(draw), HEAL_AT_US),
    faults: (draw) => drawStormFaults(draw, themeOf(draw), HEAL_AT_US),
    build: buildStoreGroup,
    properties: (design) => {
      const commitsOf = sharedCommits();
      return [
        ...storeProperties(design),
        ...raftPropertiesOf(design),
        served,
        membersCatchUp,
        ...storeProbes(commitsOf),
        ...raftProbes(commitsOf),
      ];
    },
    onlyTheseProperties: true,
  });
}
