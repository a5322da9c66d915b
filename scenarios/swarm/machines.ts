/** Whom the faults of a swarm may strike, how often, and which machines fail together. */
import type { Design } from '../../model/design.ts';
import { CLOUD, DNS, OUTSIDE_REGION, platformGroups, REGIONS } from '../../model/platform.ts';
import type { FaultGroup, Strikable, Stream } from '../../sim/index.ts';

/** Sorts of disk that were bought, at least and at most. */
const DISK_MODELS = [2, 4] as const;

/** Machines with the same number in a region share power and a switch; which sort of disk each has is drawn. */
export function faultGroups(design: Design, disks: Stream): readonly FaultGroup[] {
  const { store, spares, api, controllers, nodes, gateways, enactors, outside } = platformGroups(design);
  const models = disks.between(...DISK_MODELS);
  const members = (names: readonly string[]): readonly Strikable[] =>
    names.map((name) => {
      const region = REGIONS.find((known) => name.includes(`-${known}`)) ?? REGIONS[0];
      return { name, region, zone: `${region}-${/\d+$/.exec(name)?.[0] ?? 1}`, diskModel: `model-${disks.between(1, models)}` };
    });
  return [
    { name: 'store', members: members([...store, ...spares]), quorum: true, rejoins: true, weight: 3 },
    { name: 'api', members: members(api), weight: 2 },
    { name: 'controllers', members: members(controllers), weight: 3 },
    { name: 'nodes', members: members(nodes), weight: 1 },
    { name: 'gateways', members: members([...gateways, ...enactors]), weight: 1 },
    { name: 'outside', members: members(outside), weight: 2 },
    // It lies outside, and what it promises about seals and operation ids must survive its own crashes all the same.
    { name: 'cloud', members: [CLOUD, DNS].map((name) => ({ name, region: OUTSIDE_REGION })), weight: 1 },
  ];
}
