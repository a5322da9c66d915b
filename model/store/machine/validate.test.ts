import { describe, expect, test } from 'vitest';
import {
  compareNumber,
  deleteRange,
  put,
  range,
  txn,
  type StoreRequest,
  type TxnOperation,
  type TxnRequest,
} from './requests.ts';
import { validateRequest, validateSize } from './validate.ts';

const code = (request: StoreRequest): string | null => validateRequest(request)?.code ?? null;

describe('a request is refused before it is proposed', () => {
  test('without a key', () => {
    for (const request of [put('', 'v'), range(''), deleteRange(''), txn([], [put('', '')]), txn([], [], [range('')])]) {
      expect(code(request)).toBe('ErrEmptyKey');
    }
    expect(code(txn([compareNumber('', 'mod', '=', 0)], []))).toBe('ErrEmptyKey');
  });

  test('with something it asks to ignore', () => {
    expect(code(put('a', 'v', { ignoreValue: true }))).toBe('ErrValueProvided');
    expect(code(put('a', 'v', { ignoreLease: true, lease: 1 }))).toBe('ErrLeaseProvided');
  });

  test('with a key written twice in one branch', () => {
    expect(code(txn([], [put('a', ''), put('a', '')]))).toBe('ErrDuplicateKey');
    expect(code(txn([], [], [put('a', ''), deleteRange('a')]))).toBe('ErrDuplicateKey');
    expect(code(txn([], [deleteRange('a', { rangeEnd: 'c' }), put('b', '')]))).toBe('ErrDuplicateKey');
  });

  test('when it is too large for the log', () => {
    expect(validateSize(put('a', 'x'.repeat(1_000)), 1_000)?.code).toBe('ErrRequestTooLarge');
    expect(validateSize(put('a', 'x'.repeat(900)), 1_000)).toBe(null);
  });

  test('with more operations than allowed', () => {
    const puts = Array.from({ length: 129 }, (_, i) => put(`k${i}`, ''));
    expect(code(txn([], puts))).toBe('ErrTooManyOps');
    expect(code(txn([], puts.slice(1)))).toBe(null);
  });
});

describe('a nested txn', () => {
  const nested = (success: readonly TxnOperation[], failure: readonly TxnOperation[] = []): TxnRequest =>
    txn([], success, failure);

  test('is looked into, whichever branch it stands in', () => {
    expect(code(txn([], [], [nested([put('', '')])]))).toBe('ErrEmptyKey');
    expect(code(nested([nested([nested([put('a', ''), put('a', '')])])]))).toBe('ErrDuplicateKey');
  });

  test('has as much room as the largest list around it leaves', () => {
    const puts = (count: number): readonly TxnOperation[] => Array.from({ length: count }, (_, i) => put(`k${i}`, ''));
    expect(code(nested([nested(puts(127))]))).toBe(null);
    expect(code(nested([nested(puts(128))]))).toBe('ErrTooManyOps');
    expect(code(nested([nested([nested(puts(126))])]))).toBe(null);
    expect(code(nested([nested([nested(puts(127))])]))).toBe('ErrTooManyOps');
  });

  test('may put a key in both of its branches, but not one that is put beside it', () => {
    expect(code(nested([nested([put('a', '')], [put('a', '')])]))).toBe(null);
    expect(code(nested([nested([put('a', '')]), put('a', '')]))).toBe('ErrDuplicateKey');
    expect(code(nested([nested([put('a', '')]), nested([], [put('a', '')])]))).toBe('ErrDuplicateKey');
  });

  test('may not put what is deleted beside it, nor in a txn before it; what a later one deletes, etcd does not see', () => {
    expect(code(nested([nested([put('a', '')]), deleteRange('a')]))).toBe('ErrDuplicateKey');
    expect(code(nested([nested([deleteRange('a')]), nested([put('a', '')])]))).toBe('ErrDuplicateKey');
    expect(code(nested([nested([deleteRange('a')]), put('a', '')]))).toBe('ErrDuplicateKey');
    expect(code(nested([nested([put('a', '')]), nested([deleteRange('a')])]))).toBe(null);
    expect(code(nested([nested([put('a', '')], [deleteRange('a')])]))).toBe(null);
  });
});

describe('a txn may', () => {
  test('put the same key in both branches, and delete a key twice', () => {
    expect(code(txn([], [put('a', '')], [put('a', '')]))).toBe(null);
    expect(code(txn([], [deleteRange('a'), deleteRange('a', { rangeEnd: 'b' }), put('b', '')]))).toBe(null);
  });

  test('put a key and delete everything from it on, because etcd does not see that overlap', () => {
    expect(code(txn([], [put('b', ''), deleteRange('a', { rangeEnd: '\0' })]))).toBe(null);
  });

  test('not delete the key that a put of it needs, though etcd lets that pass and then panics', () => {
    expect(code(txn([], [deleteRange('a', { rangeEnd: '\0' }), put('b', '', { ignoreValue: true })]))).toBe('ErrDuplicateKey');
  });
});
