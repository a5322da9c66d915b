// The store's public face: everything a host, a client, a checker or the terminal UI may import.

export { StoreClient, type StoreClientOptions } from './client.ts';
export type { WatchEnd } from './client-watches.ts';
export * from './defects.ts';
export * from './errors.ts';
export { hostErrorOf, hostErrors, type HostError, type HostErrorCode } from './host-errors.ts';
export * from './keys.ts';
export { LeaseTable, type Lease, type LeaseRecord } from './lease-table.ts';
export * from './lessor.ts';
export * from './machine.ts';
export type * from './machine-types.ts';
export * from './methods.ts';
export * from './profile.ts';
export * from './requests.ts';
export { entryResultBoundary, stateRestoredBoundary, type EntryResult, type StateRestored } from './entry-result.ts';
export { minLeaseTtlUs, storeMember, type StoreMemberOptions, type StoreMemberView } from './server.ts';
export * from './validate.ts';
export * from './watch.ts';
export * from './watch-stream.ts';
