/** Every defect that can be switched on, of all layers of the platform. */
import { apiDefects } from '../model/api/defects.ts';
import { controllerDefects } from '../model/controllers/defects.ts';
import type { Defect } from '../model/defect.ts';
import type { Design } from '../model/design.ts';
import { outsideDefects } from '../model/outside/defects.ts';
import { raftDefects, raftHostDefects } from '../model/raft/index.ts';
import { regionDefects } from '../model/regions/defects.ts';
import { storeDefects } from '../model/store/defects.ts';

/** From the bottom to the top. */
export const defects: readonly Defect[] = [
  ...raftDefects,
  ...raftHostDefects,
  ...storeDefects,
  ...apiDefects,
  ...controllerDefects,
  ...regionDefects,
  ...outsideDefects,
];

/** The design values in which the defects do harm: elsewhere a safeguard masks them. */
export function needsOf(ids: readonly string[]): Partial<Design> {
  return defects.filter(({ id }) => ids.includes(id)).reduce((design, { needs = {} }) => ({ ...design, ...needs }), {});
}
