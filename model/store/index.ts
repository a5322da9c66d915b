// The store's public face: everything a host, a client, a checker or the terminal UI may import.

export * from './defects.ts';
export * from './errors.ts';
export * from './keys.ts';
export { LeaseTable, type Lease, type LeaseRecord } from './lease-table.ts';
export * from './lessor.ts';
export * from './machine.ts';
export type * from './machine-types.ts';
export * from './requests.ts';
export * from './validate.ts';
export * from './watch.ts';
