/** What of a store's members a fault may single out: one of their files, or one thing that they say to each other. */
import { machineFile, snapshotFile } from '../model/raft/index.ts';
import { walPrefix } from '../model/raft/host/wal-record.ts';
import type { FaultGroup } from '../sim/index.ts';

export const STORE_GROUP = 'store';

export const storeFiles: readonly string[] = [walPrefix, snapshotFile, machineFile];

/** Answers begin with the same words. */
export const storeSayings: NonNullable<FaultGroup['says']> = [
  'raft/append', 'raft/append-response', 'raft/heartbeat', 'raft/vote', 'raft/snapshot', 'raft/propose', 'raft/read-index',
].map((kind) => ({ kind, to: STORE_GROUP }));
