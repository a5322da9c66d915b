/** Which processes the faults of a swarm may strike, how often, and which machines fail together. */
import type { Design } from '../../model/design.ts';
import { CLOUD, DNS, OUTSIDE_REGION, platformGroups, REGIONS } from '../../model/platform.ts';
import type { FaultGroup, Strikable, Stream } from '../../sim/index.ts';
import { STORE_GROUP, storeFiles, storeSayings } from '../store-faults.ts';

/** Kinds of messages, by their beginnings, that go to a group, and whose answers come from there. */
const says = (to: string, kinds: readonly string[]): NonNullable<FaultGroup['says']> => kinds.map((kind) => ({ kind, to }));

const controllerSayings = [
  ...says('api', ['api/watch', 'api/lease', 'api/list', 'api/get', 'api/create', 'api/update', 'api/delete', 'api/status']),
  ...says('cloud', ['cloud/provision', 'cloud/release', 'cloud/seal', 'dns/release']),
];

const nodeSayings = [
  ...says('api', ['api/watch', 'api/lease', 'api/status', 'api/get', 'api/delete']),
  ...says('nodes', ['serve/replicate']),
  ...says('cloud', ['cloud/write-volume']),
  ...says('outside', ['status/report', 'artifacts/pull', 'telemetry/ingest']),
];

const gatewaySayings = [
  ...says('nodes', ['serve/health', 'serve/request']),
  ...says('api', ['api/watch']),
  ...says('cloud', ['dns/put-plan', 'dns/activate', 'dns/zone']),
];

/** How many models of disk the platform has, at least and at most. */
const DISK_MODELS = [2, 4] as const;

/** Machines with the same number in a region share power and a switch; which model of disk each has is drawn. */
export function faultGroups(design: Design, disks: Stream): readonly FaultGroup[] {
  const { store, spares, api, controllers, nodes, gateways, enactors, outside } = platformGroups(design);
  const models = disks.between(...DISK_MODELS);
  const members = (names: readonly string[]): readonly Strikable[] =>
    names.map((name) => {
      const region = REGIONS.find((known) => name.includes(`-${known}`)) ?? REGIONS[0];
      return { name, region, zone: `${region}-${/\d+$/.exec(name)?.[0] ?? 1}`, diskModel: `model-${disks.between(1, models)}` };
    });
  return [
    {
      name: STORE_GROUP,
      members: members([...store, ...spares]),
      quorum: true,
      rejoins: true,
      files: storeFiles,
      says: storeSayings,
      weight: 3,
    },
    { name: 'api', members: members(api), says: says('store', ['store/watch', 'store/txn', 'store/range']), weight: 2 },
    { name: 'controllers', members: members(controllers), says: controllerSayings, weight: 3 },
    { name: 'nodes', members: members(nodes), says: nodeSayings, weight: 1 },
    { name: 'gateways', members: members([...gateways, ...enactors]), says: gatewaySayings, weight: 1 },
    { name: 'outside', members: members(outside), says: says('outside', ['status/share', 'artifacts/replicate']), weight: 2 },
    // It is not part of the platform, but what it promises about seals and operation ids must survive its own crashes too.
    { name: 'cloud', members: [CLOUD, DNS].map((name) => ({ name, region: OUTSIDE_REGION })), weight: 1 },
  ];
}
