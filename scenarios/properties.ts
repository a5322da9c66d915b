/** Every property that the platform is judged by, of all its layers. */
import { defaultDesign, type Design } from '../model/design.ts';
import { platformProperties } from '../model/properties/platform/index.ts';
import { raftPropertiesOf } from '../model/properties/raft/index.ts';
import { storeProperties } from '../model/properties/store/index.ts';
import { membersCatchUp } from '../model/properties/store/members-catch-up.ts';
import type { Property } from '../sim/index.ts';

/** From the top layer to the bottom: when one step violates several, the one whose violation a user would notice is named. */
export function allProperties(design: Design = defaultDesign): readonly Property[] {
  return [...platformProperties(design), ...storeProperties(design), ...raftPropertiesOf(design), membersCatchUp];
}
