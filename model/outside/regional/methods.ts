/** What regional stores say to each other; to clients they speak the protocol of the store. */
import { method } from '../../../sim/index.ts';
import type { Version } from './kept.ts';

export interface ReplicateRequest {
  readonly origin: string;
  /** All that the origin has changed until then is in it or was before; 0 asks how far the receiver is. */
  readonly upTo: number;
  readonly versions: readonly Version[];
}

export interface ReplicateResponse {
  /** Up to which of the origin's changes the receiver has all, durably. */
  readonly upTo: number;
}

export const replicateMethod = method<ReplicateRequest, ReplicateResponse>('regional/replicate', {
  serviceUs: 40,
  requestBytes: ({ versions }) => versions.reduce((sum, { key, value }) => sum + key.length + (value?.length ?? 0) + 48, 32),
  describeRequest: ({ origin, upTo, versions }) =>
    `${versions.length} changes of ${origin} up to ${upTo}${versions.length === 0 ? '' : `: ${versions.map(sayVersion).join(', ')}`}`,
  describeResponse: ({ upTo }) => `have everything up to ${upTo}`,
});

function sayVersion({ key, value }: Version): string {
  return value === null ? `${key} deleted` : key;
}
