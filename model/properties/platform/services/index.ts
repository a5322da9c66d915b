/** What is claimed of services: discovery, primaries and the names that lead to them. */
import type { Property } from '../../../../sim/index.ts';
import type { Design } from '../../../design.ts';
import type { StoryOf } from '../placed-objects.ts';
import { boundedLoss } from './bounded-loss.ts';
import { discoveryAtGateways } from './discovery-at-gateways.ts';
import { dnsPlans } from './dns-plans.ts';
import { endpointsNeverEmpty } from './endpoints-never-empty.ts';
import { failoverJustified } from './failover-justified.ts';
import { onePrimary } from './one-primary.ts';
import { replicasAgree } from './replicas-agree.ts';
import { servicesConverge } from './services-converge.ts';

export function serviceProperties(storyOf: StoryOf, design: Design): readonly Property[] {
  return [
    onePrimary(),
    replicasAgree(),
    boundedLoss(storyOf, design),
    failoverJustified(storyOf, design),
    endpointsNeverEmpty(storyOf),
    discoveryAtGateways(storyOf),
    dnsPlans(),
    servicesConverge(storyOf),
  ];
}
