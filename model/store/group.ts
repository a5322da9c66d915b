/** The store by itself: members and clients spread over the regions of a topology, and nothing above them. */
import { grouped, type Topology, type World } from '../../sim/index.ts';
import type { DefectSet } from '../defect.ts';
import type { Design } from '../design.ts';
import { leaderAmong } from '../raft/index.ts';
import { GUARDED_RESOURCE, guardedResource } from './concurrency/guarded-resource.ts';
import { isMemberIntent, STORE_OPERATOR, storeOperator, type MemberIntent } from './client/member-operator.ts';
import { storeMember, type StoreMemberView } from './member/member.ts';
import { lockHolder, storeWorkloadClient, type StoreIntent, type WorkloadClientView } from './client/workload.ts';

export interface StoreGroupOptions {
  readonly design: Design;
  readonly defects: DefectSet;
  readonly topology: Topology;
  /** Who is named in it is a client of its own process. */
  readonly workload: readonly (StoreIntent | MemberIntent)[];
}

/** A process that panicked starts again after so many heartbeats. */
const RESTART_HEARTBEATS = 5;

/**
 * Adds the members `store-1`, `store-2`, …, a client for each name in the workload, an operator where the workload changes the
 * group, what their locks guard, and the roles `raft-leader` and `lock-holder`.
 */
export function buildStoreGroup(world: World, { design, defects, topology, workload }: StoreGroupOptions): void {
  const regionOf = (at: number): string => storeRegion(topology, at);
  const members = storeMemberNames(design);
  const restartUs = RESTART_HEARTBEATS * design.heartbeatUs;
  const spares = storeSpareNames(design);
  const processes = [...members.values(), ...spares];
  for (const [at, name] of processes.entries()) {
    const id = at < members.size ? at + 1 : 0;
    world.process({ name, region: regionOf(at), restartUs, boot: storeMember({ id, members, spares, design, defects }) });
  }
  const changes = workload.filter(isMemberIntent);
  if (changes.length > 0) {
    const boot = storeOperator({
      members: [...members.values()],
      spares,
      intents: changes,
      requestUs: design.storeRequestUs,
      isCareful: false,
    });
    world.process({ name: STORE_OPERATOR, region: regionOf(0), boot });
  }
  const clients = [
    ...grouped(
      workload.filter((intent): intent is StoreIntent => !isMemberIntent(intent)),
      ({ client }) => client,
    ),
  ];
  for (const [at, [name, intents]] of clients.entries()) {
    const endpoints = nearestFirst(processes, (member) => regionOf(member) === regionOf(at), at);
    world.process({ name, region: regionOf(at), boot: storeWorkloadClient({ design, defects, endpoints, intents }) });
  }
  world.process({ name: GUARDED_RESOURCE, region: regionOf(members.size), boot: guardedResource(defects) });
  world.role('lock-holder', () => lockHolder(clients.map(([name]) => [name, world.inspect(name) as WorkloadClientView | null])));
  world.role('raft-leader', () => raftLeader(processes.map((name) => world.inspect(name) as StoreMemberView | null)));
}

/** Where a member or a client stands, by its position among its kind. */
export function storeRegion({ regions }: Topology, position: number): string {
  return regions[position % regions.length] as string;
}

/** Process names by member id. */
export function storeMemberNames({ storeMembers }: Design): ReadonlyMap<number, string> {
  return new Map(Array.from({ length: storeMembers }, (_, at) => [at + 1, `store-${at + 1}`]));
}

/** Processes that idle until they are added: `store-4`, … behind the members. */
export function storeSpareNames({ storeMembers, storeSpares }: Design): readonly string[] {
  return Array.from({ length: storeSpares }, (_, at) => `store-${storeMembers + at + 1}`);
}

/** The process of whoever leads, or null. */
export function raftLeader(views: readonly (StoreMemberView | null)[]): string | null {
  return leaderAmong(views.map((view) => view?.raft ?? null))?.process ?? null;
}

/** Those of the own region first, and among equals each client begins with another one. */
function nearestFirst(members: readonly string[], isNear: (position: number) => boolean, client: number): readonly string[] {
  const turned = members.map((_, at) => (at + client) % members.length);
  return [...turned.filter(isNear), ...turned.filter((at) => !isNear(at))].map((at) => members[at] as string);
}
