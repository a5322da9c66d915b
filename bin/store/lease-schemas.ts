/** etcd's lease requests: from the gateway's JSON to what the store is asked. */
import type { z } from 'zod';
import {
  leaseGrant,
  leaseRevoke,
  type LeaseGrantRequest,
  type LeaseRevokeRequest,
  type LeaseTimeToLiveRequest,
} from '../../model/store/machine/requests.ts';
import { flag, int64, type MessageMaker } from './fields.ts';
import { nearest, type LeaseIds } from './integers.ts';

const SECOND_US = 1_000_000;
/** Beyond what etcd grants, and as long as numbers are exact. */
const TTL_MOST_S = 9_007_199_254;

export function grantSchema(message: MessageMaker, ids: LeaseIds): z.ZodType<LeaseGrantRequest> {
  return message({ TTL: int64, ID: int64 }).transform(({ TTL, ID }) => {
    const seconds = Math.min(Math.max(nearest(TTL), -TTL_MOST_S), TTL_MOST_S);
    return leaseGrant(ids.inward(ID), seconds * SECOND_US);
  });
}

export function revokeSchema(message: MessageMaker, ids: LeaseIds): z.ZodType<LeaseRevokeRequest> {
  return message({ ID: int64 }).transform(({ ID }) => leaseRevoke(ids.inward(ID)));
}

export function timeToLiveSchema(message: MessageMaker, ids: LeaseIds): z.ZodType<LeaseTimeToLiveRequest> {
  return message({ ID: int64, keys: flag }).transform(({ ID, keys }) => ({ kind: 'leaseTimeToLive', id: ids.inward(ID), keys }));
}

export function keepAliveSchema(message: MessageMaker, ids: LeaseIds): z.ZodType<{ readonly id: number }> {
  return message({ ID: int64 }).transform(({ ID }) => ({ id: ids.inward(ID) }));
}
