/**
 * The API by itself: a store, API servers in three regions, clients with drawn operations, controllers that keep
 * something for every object, and watchers.
 */
import { ApiClient } from '../../model/api/client/api-client.ts';
import { Informer } from '../../model/api/client/informer.ts';
import { apiServer } from '../../model/api/server.ts';
import { REGIONS } from '../../model/platform.ts';
import { storeMember } from '../../model/store/member/member.ts';
import type { Boot, World } from '../../sim/index.ts';
import type { Design } from '../../model/design.ts';
import type { Setup } from '../define-scenario.ts';
import { ApiUser } from './client.ts';
import type { ApiIntent } from './intents.ts';
import { keeper } from './keeper.ts';

export const STORES: readonly string[] = REGIONS.map((region) => `store-${region}-1`);
export const CLIENTS: readonly string[] = REGIONS.map((region) => `client-${region}`);
/** `collector-north` does the part of a garbage collector's work that concerns finalizers. */
export const KEEPERS: readonly string[] = ['alpha-east', 'beta-west', 'collector-north'];
export const WATCHERS: readonly string[] = ['watcher-east', 'watcher-west'];

export function apiServers({ apiServersPerRegion }: Design): readonly string[] {
  return REGIONS.flatMap((region) => Array.from({ length: apiServersPerRegion }, (_, n) => `api-${region}-${n + 1}`));
}

export function buildApi(world: World, { design, defects, workload }: Setup<ApiIntent>): void {
  const add = (name: string, boot: Boot): void => world.process({ name, region: name.split('-')[1] as string, boot });
  const members = new Map(STORES.map((name, position) => [position + 1, name]));
  const apiEndpoints = apiServers(design);
  for (const [id, name] of members) add(name, storeMember({ id, members, design, defects }));
  for (const name of apiEndpoints) add(name, apiServer({ storeEndpoints: STORES, design, defects }));
  for (const name of CLIENTS)
    add(name, (os) => new ApiUser(os, { apiEndpoints, design, intents: workload.filter(({ client }) => client === name) }));
  for (const name of KEEPERS) add(name, keeper({ apiEndpoints, design, defects }));
  for (const name of WATCHERS) {
    add(name, (os) => {
      const client = new ApiClient(os, apiEndpoints, design);
      const informer = new Informer(os, { kind: 'Deployment', client, design, defects, changed: () => undefined });
      return { start: () => informer.start(), inspect: () => informer.inspect() };
    });
  }
}
