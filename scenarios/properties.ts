/** Every property that the platform is judged by, of all its floors. */
import { defaultDesign, type Design } from '../model/design.ts';
import { platformProperties } from '../model/properties/platform/index.ts';
import { raftPropertiesOf } from '../model/properties/raft/index.ts';
import { storeProperties } from '../model/properties/store/index.ts';
import type { Property } from '../sim/index.ts';

/** From the top to the bottom: when one step breaks several, the one whose breach a user would feel is named. */
export function allProperties(design: Design = defaultDesign): readonly Property[] {
  return [...platformProperties(design), ...storeProperties(design), ...raftPropertiesOf(design)];
}
