/** What is claimed of services: discovery, primaries and the names that lead to them. */
import type { Property } from '../../../../sim/index.ts';
import type { Design } from '../../../design.ts';
import type { JournalOf } from '../journal.ts';
import { boundedLoss } from './bounded-loss.ts';
import { discoveryAtGateways } from './discovery-at-gateways.ts';
import { dnsPlans } from './dns-plans.ts';
import { endpointsNeverEmpty } from './endpoints-never-empty.ts';
import { failoverJustified } from './failover-justified.ts';
import { onePrimary } from './one-primary.ts';
import { replicasAgree } from './replicas-agree.ts';
import { servicesConverge } from './services-converge.ts';

export function serviceProperties(journalOf: JournalOf, design: Design): readonly Property[] {
  return [
    onePrimary(),
    replicasAgree(),
    boundedLoss(journalOf, design),
    failoverJustified(journalOf, design),
    endpointsNeverEmpty(journalOf),
    discoveryAtGateways(journalOf),
    dnsPlans(),
    servicesConverge(journalOf),
  ];
}
