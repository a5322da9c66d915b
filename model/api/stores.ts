/** The placement port: in which store an object of a kind stands, behind one interface. */
import type { Os } from '../../sim/index.ts';
import type { DefectSet } from '../defect.ts';
import type { Design } from '../design.ts';
import { StoreClient } from '../store/client/client.ts';
import { nearestFirst } from './nearest.ts';
import { classesOfKind, classOfListed, classOfObject, resourceKinds, type Fence, type ResourceKind } from './resources/index.ts';
import { isInConsensus, placementOf, type StateClassId } from './state-classes.ts';

export const REGIONAL_STORE = 'regionalstore';

/** Both sides speak the protocol of the store; what an answer is worth differs. */
export class PlacedStores {
  /** One story for all regions, which no write of leaves without a majority. */
  readonly consensus: StoreClient;
  /** What this region has written and heard of; null where a design places no resource outside. */
  private readonly regional: StoreClient | null;
  private readonly design: Design;

  constructor(os: Os, storeEndpoints: readonly string[], design: Design, defects: DefectSet) {
    this.design = design;
    // Recorded: what the store tells an API server is judged like what it tells any other client.
    this.consensus = new StoreClient(os, nearestFirst(storeEndpoints, os.region), design, { recorded: true, defects });
    this.regional = hasRegionalStores(design)
      ? new StoreClient(os, [regionalStoreOf(os.region)], { ...design, clientSessions: 0 })
      : null;
  }

  /** Where a kind is listed and watched. */
  of(kind: ResourceKind): StoreClient {
    return this.ofClass(classOfListed(kind));
  }

  ofObject(kind: ResourceKind, name: string): StoreClient {
    return this.ofClass(classOfObject(kind, name));
  }

  /** Where the token of an authority stands: beside its Lease, or, of an election, in the store that elects. */
  ofFence({ session, role }: Fence): StoreClient {
    return session === undefined ? this.ofObject('Lease', role) : this.consensus;
  }

  private ofClass(id: StateClassId): StoreClient {
    return this.regional !== null && placementOf(id, this.design) === 'outside' ? this.regional : this.consensus;
  }
}

/** Name of the process that keeps a region's own store. */
export const regionalStoreOf = (region: string): string => `${REGIONAL_STORE}-${region}`;

/** Some kind of resource is placed outside of consensus. */
export function hasRegionalStores(design: Design): boolean {
  return resourceKinds.some((kind) => !isInConsensus(design, ...classesOfKind(kind)));
}
