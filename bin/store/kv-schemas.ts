/** etcd's KV requests: from the gateway's JSON to what the store is asked. */
import { z } from 'zod';
import {
  compact,
  type Compare,
  type CompactRequest,
  type CompareOperator,
  type DeleteRangeRequest,
  type PutRequest,
  type RangeRequest,
  type SortOrder,
  type SortTarget,
  type TxnOperation,
  type TxnRequest,
} from '../../model/store/machine/requests.ts';
import { bytes, choice, flag, givenBytes, givenInt64, int64, type MessageMaker } from './fields.ts';
import { nearest, type LeaseIds } from './integers.ts';

export function rangeSchema(message: MessageMaker): z.ZodType<RangeRequest> {
  return message({
    key: bytes,
    range_end: bytes,
    limit: int64,
    revision: int64,
    sort_order: choice(['NONE', 'ASCEND', 'DESCEND']),
    sort_target: choice(['KEY', 'VERSION', 'CREATE', 'MOD', 'VALUE']),
    serializable: flag,
    keys_only: flag,
    count_only: flag,
    min_mod_revision: int64,
    max_mod_revision: int64,
    min_create_revision: int64,
    max_create_revision: int64,
  }).transform((range) => ({
    kind: 'range',
    key: range.key,
    rangeEnd: range.range_end,
    revision: nearest(range.revision),
    limit: nearest(range.limit),
    sortOrder: range.sort_order.toLowerCase() as SortOrder,
    sortTarget: range.sort_target.toLowerCase() as SortTarget,
    minModRevision: nearest(range.min_mod_revision),
    maxModRevision: nearest(range.max_mod_revision),
    minCreateRevision: nearest(range.min_create_revision),
    maxCreateRevision: nearest(range.max_create_revision),
    keysOnly: range.keys_only,
    countOnly: range.count_only,
    serializable: range.serializable,
  }));
}

export function putSchema(message: MessageMaker, ids: LeaseIds): z.ZodType<PutRequest> {
  return message({ key: bytes, value: bytes, lease: int64, prev_kv: flag, ignore_value: flag, ignore_lease: flag }).transform(
    (put) => ({
      kind: 'put',
      key: put.key,
      value: put.value,
      lease: ids.inward(put.lease),
      prevKv: put.prev_kv,
      ignoreValue: put.ignore_value,
      ignoreLease: put.ignore_lease,
    }),
  );
}

export function deleteRangeSchema(message: MessageMaker): z.ZodType<DeleteRangeRequest> {
  return message({ key: bytes, range_end: bytes, prev_kv: flag }).transform((deletion) => ({
    kind: 'deleteRange',
    key: deletion.key,
    rangeEnd: deletion.range_end,
    prevKv: deletion.prev_kv,
  }));
}

export function compactionSchema(message: MessageMaker): z.ZodType<CompactRequest> {
  return message({ revision: int64, physical: flag }).transform(({ revision, physical }) => compact(nearest(revision), physical));
}

export function txnSchema(message: MessageMaker, ids: LeaseIds): z.ZodType<TxnRequest> {
  const compare = compareSchema(message, ids);
  // What a txn may hold, a txn may hold.
  const operation: z.ZodType<TxnOperation> = z.lazy(() => operationSchema(message, ids, txn));
  const txn: z.ZodType<TxnRequest> = message({
    compare: compare.array().prefault([]),
    success: operation.array().prefault([]),
    failure: operation.array().prefault([]),
  }).transform(({ compare: compares, success, failure }) => ({ kind: 'txn', compare: compares, success, failure }));
  return txn;
}

function operationSchema(message: MessageMaker, ids: LeaseIds, txn: z.ZodType<TxnRequest>): z.ZodType<TxnOperation> {
  const kinds = {
    request_range: rangeSchema(message).optional(),
    request_put: putSchema(message, ids).optional(),
    request_delete_range: deleteRangeSchema(message).optional(),
    request_txn: txn.optional(),
  };
  return message(kinds).transform((fields, context): TxnOperation => {
    const [operation, ...more] = Object.values(fields).filter((field) => field !== undefined);
    if (operation !== undefined && more.length === 0) return operation;
    context.addIssue({ code: 'custom', message: `should have one of ${Object.keys(kinds).join(', ')}` });
    return z.NEVER;
  });
}

const OPERATORS: Readonly<Record<string, CompareOperator>> = { EQUAL: '=', GREATER: '>', LESS: '<', NOT_EQUAL: '!=' };

/**
 * What is compared with is a union: what belongs to another target than the one named counts as left out, hence as 0 or empty.
 */
function compareSchema(message: MessageMaker, ids: LeaseIds): z.ZodType<Compare> {
  const union = {
    version: givenInt64.optional(),
    create_revision: givenInt64.optional(),
    mod_revision: givenInt64.optional(),
    value: givenBytes.optional(),
    lease: givenInt64.optional(),
  };
  return message({
    result: choice(['EQUAL', 'GREATER', 'LESS', 'NOT_EQUAL']),
    target: choice(['VERSION', 'CREATE', 'MOD', 'VALUE', 'LEASE']),
    key: bytes,
    range_end: bytes,
    ...union,
  }).transform((fields, context): Compare => {
    const { key, range_end: rangeEnd, target } = fields;
    const operator = OPERATORS[fields.result] as CompareOperator;
    const given = Object.keys(union).filter((name) => fields[name as keyof typeof union] !== undefined);
    if (given.length > 1) context.addIssue({ code: 'custom', message: `should compare with one of ${given.join(', ')}` });
    switch (target) {
      case 'VERSION':
        return { target: 'version', key, rangeEnd, operator, operand: nearest(fields.version ?? 0n) };
      case 'CREATE':
        return { target: 'create', key, rangeEnd, operator, operand: nearest(fields.create_revision ?? 0n) };
      case 'MOD':
        return { target: 'mod', key, rangeEnd, operator, operand: nearest(fields.mod_revision ?? 0n) };
      case 'LEASE':
        return { target: 'lease', key, rangeEnd, operator, operand: ids.inward(fields.lease ?? 0n) };
      case 'VALUE':
        return { target: 'value', key, rangeEnd, operator, operand: fields.value ?? '' };
    }
  });
}
