/**
 * The placement port of what is no resource of the API: whoever writes or reads signals, events, status, images or caches asks
 * it, instead of the design, on which side a class stands. Inside, that is the records of the API; outside, the places named
 * here. The port of resources is the API servers' (model/api/stores.ts); both decide by the same table.
 */
import type { CallOutcome, Co } from '../../sim/index.ts';
import type { OutsideContent, OutsideKind } from '../api/resources/index.ts';
import { placementOf, type StateClassId } from '../api/state-classes.ts';
import type { Design } from '../design.ts';

/** The API, as far as it keeps what is no resource. */
export interface Records {
  record(kind: OutsideKind, name: string, content: OutsideContent): Co<CallOutcome<unknown>>;
  readRecord(kind: OutsideKind, name: string): Co<CallOutcome<OutsideContent>>;
}

/**
 * Names of the processes that keep what stands outside; of a sort that is absent there are none, and nothing is told or asked.
 */
export interface PlacesOutside {
  readonly registries?: readonly string[];
  readonly collectors?: readonly string[];
  readonly statusStores?: readonly string[];
}

export class Placement {
  readonly registries: readonly string[];
  readonly collectors: readonly string[];
  readonly statusStores: readonly string[];
  private readonly design: Design;
  private readonly records: Records;

  constructor(design: Design, records: Records, { registries = [], collectors = [], statusStores = [] }: PlacesOutside = {}) {
    this.design = design;
    this.records = records;
    this.registries = registries;
    this.collectors = collectors;
    this.statusStores = statusStores;
  }

  /** Where a class that stands in consensus is written and read; null: it stands outside. */
  inside(stateClass: StateClassId): Records | null {
    return placementOf(stateClass, this.design) === 'consensus' ? this.records : null;
  }
}
