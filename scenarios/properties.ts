/** Every property that the platform is judged by, of all its floors. */
import { platformProperties } from '../model/properties/platform/index.ts';
import { raftProperties } from '../model/properties/raft.ts';
import type { Property } from '../sim/index.ts';

export function allProperties(): readonly Property[] {
  return [...platformProperties(), ...raftProperties];
}
