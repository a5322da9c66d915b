/** The store's public face: everything a host, a client, a checker or the terminal UI may import. */
export { StoreClient, type StoreClientOptions } from './client/client.ts';
export type { WatchEnd } from './client/client-watches.ts';
export * from './defects.ts';
export * from './machine/errors.ts';
export { hostErrorOf, hostErrors, type HostError, type HostErrorCode } from './member/host-errors.ts';
export * from './machine/keys.ts';
export { LeaseTable, type Lease, type LeaseRecord } from './machine/lease-table.ts';
export * from './member/lessor.ts';
export * from './machine/machine.ts';
export type * from './machine/machine-types.ts';
export * from './member/methods.ts';
export * from './machine/profile.ts';
export * from './machine/requests.ts';
export { entryResultBoundary, stateRestoredBoundary, type EntryResult, type StateRestored } from './member/entry-result.ts';
export { minLeaseTtlUs, storeMember, type StoreMemberOptions, type StoreMemberView } from './member/server.ts';
export * from './machine/validate.ts';
export * from './watch/watch.ts';
export * from './watch/watch-stream.ts';
