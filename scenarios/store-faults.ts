/** What a fault may single out at a store's members: one of their files, or one kind of message between them. */
import { machineFile, snapshotFile } from '../model/raft/index.ts';
import { walPrefix } from '../model/raft/host/wal-record.ts';
import type { FaultGroup } from '../sim/index.ts';

export const STORE_GROUP = 'store';

export const storeFiles: readonly string[] = [walPrefix, snapshotFile, machineFile];

/** The names of answers begin with those of their requests. */
export const storeSayings: NonNullable<FaultGroup['says']> = [
  'raft/append',
  'raft/append-response',
  'raft/heartbeat',
  'raft/vote',
  'raft/snapshot',
  'raft/propose',
  'raft/read-index',
].map((kind) => ({ kind, to: STORE_GROUP }));
