/** The regional stores by themselves: one for each region, and clients that write to the store of their own. */
import type { Boot, Co, Micros, Os, World } from '../../../sim/index.ts';
import { REGIONAL_STORE, regionalStoreOf } from '../../api/stores.ts';
import type { DefectSet } from '../../defect.ts';
import type { Design } from '../../design.ts';
import { StoreClient } from '../../store/client/client.ts';
import { deleteRange, put } from '../../store/machine/requests.ts';
import { regionalStore } from './regional-store.ts';

/** What a client of a region wants: `client` is `client-<region>`. */
export interface RegionalIntent {
  readonly at: Micros;
  readonly client: string;
  readonly operation: 'put' | 'delete';
  readonly arguments: { readonly key: string; readonly value: string };
}

export interface RegionalGroupOptions {
  readonly regions: readonly string[];
  readonly design: Design;
  readonly defects: DefectSet;
  readonly workload: readonly RegionalIntent[];
}

export const REGIONAL_CLIENT = 'client';

/** Adds `regionalstore-<region>` and `client-<region>` for each region. */
export function buildRegionalGroup(world: World, { regions, design, defects, workload }: RegionalGroupOptions): void {
  addRegionalStores(world, regions, design, defects);
  for (const region of regions) {
    const name = `${REGIONAL_CLIENT}-${region}`;
    world.process({
      name,
      region,
      boot: client(
        design,
        workload.filter((intent) => intent.client === name),
      ),
    });
  }
}

export function addRegionalStores(world: World, regions: readonly string[], design: Design, defects: DefectSet): void {
  for (const region of regions) {
    const peers = regions.filter((other) => other !== region).map(regionalStoreOf);
    world.process({ name: `${REGIONAL_STORE}-${region}`, region, boot: regionalStore({ peers, design, defects }) });
  }
}

function client(design: Design, intents: readonly RegionalIntent[]): Boot {
  return (os) => ({
    start: () => {
      if (os.incarnation === 1) os.spawn('intents', carryOut(os, design, intents));
    },
  });
}

/** One after the other; what became of a write is not its concern. */
function* carryOut(os: Os, design: Design, intents: readonly RegionalIntent[]): Co<void> {
  const store = new StoreClient(os, [regionalStoreOf(os.region)], { ...design, clientSessions: 0 });
  for (const { at, operation, arguments: asked } of intents) {
    const earlyUs = at - os.monotonicUs();
    if (earlyUs > 0) yield* os.sleep(earlyUs);
    if (operation === 'put') yield* store.put(put(asked.key, asked.value));
    else yield* store.delete(deleteRange(asked.key));
  }
}
