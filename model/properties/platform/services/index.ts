/** What is claimed of services: discovery, primaries and the names that lead to them. */
import type { Property } from '../../../../sim/index.ts';
import { isInConsensus } from '../../../api/state-classes.ts';
import type { Design } from '../../../design.ts';
import type { JournalOf } from '../journal.ts';
import type { StoryOf } from '../placed-objects.ts';
import { boundedLoss } from './bounded-loss.ts';
import { discoveryAtGateways } from './discovery-at-gateways.ts';
import { dnsPlans } from './dns-plans.ts';
import { endpointsNeverEmpty } from './endpoints-never-empty.ts';
import { failoverJustified } from './failover-justified.ts';
import { onePrimary } from './one-primary.ts';
import { publishedAreReady } from './published-are-ready.ts';
import { replicasAgree } from './replicas-agree.ts';
import { routedByHealth } from './routed-by-health.ts';
import { servicesConverge } from './services-converge.ts';

export function serviceProperties(journalOf: JournalOf, storyOf: StoryOf, design: Design): readonly Property[] {
  return [
    onePrimary(),
    replicasAgree(),
    boundedLoss(storyOf, design),
    failoverJustified(storyOf, design),
    endpointsNeverEmpty(storyOf),
    // What a leader has to know is what was committed before its grant.
    ...(isInConsensus(design, 'desired-state', 'leadership', 'membership', 'endpoint-intent')
      ? [publishedAreReady(journalOf, design)]
      : []),
    discoveryAtGateways(storyOf),
    // Regions may publish different things under the same generation.
    ...(isInConsensus(design, 'endpoint-intent') ? [routedByHealth(journalOf, design)] : []),
    dnsPlans(),
    servicesConverge(storyOf),
  ];
}
