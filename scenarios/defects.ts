/** Every defect that can be switched on, of all floors of the platform. */
import type { Defect } from '../model/defect.ts';
import { raftDefects } from '../model/raft/index.ts';
import { storeDefects } from '../model/store/index.ts';

export const defects: readonly Defect[] = [...raftDefects, ...storeDefects];
