import { describe, expect, it } from 'vitest';
import { compareNumber, deleteRange, put, range, txn, type StoreRequest } from './requests.ts';
import { validateRequest } from './validate.ts';

const code = (request: StoreRequest): string | null => validateRequest(request)?.code ?? null;

describe('a request is refused before it is proposed', () => {
  it('without a key', () => {
    for (const request of [put('', 'v'), range(''), deleteRange(''), txn([], [put('', '')]), txn([], [], [range('')])]) {
      expect(code(request)).toBe('ErrEmptyKey');
    }
    expect(code(txn([compareNumber('', 'mod', '=', 0)], []))).toBe('ErrEmptyKey');
  });

  it('with something it asks to ignore', () => {
    expect(code(put('a', 'v', { ignoreValue: true }))).toBe('ErrValueProvided');
    expect(code(put('a', 'v', { ignoreLease: true, lease: 1 }))).toBe('ErrLeaseProvided');
  });

  it('with a key written twice in one branch', () => {
    expect(code(txn([], [put('a', ''), put('a', '')]))).toBe('ErrDuplicateKey');
    expect(code(txn([], [], [put('a', ''), deleteRange('a')]))).toBe('ErrDuplicateKey');
    expect(code(txn([], [deleteRange('a', { rangeEnd: 'c' }), put('b', '')]))).toBe('ErrDuplicateKey');
  });

  it('with more operations than allowed', () => {
    const puts = Array.from({ length: 129 }, (_, i) => put(`k${i}`, ''));
    expect(code(txn([], puts))).toBe('ErrTooManyOps');
    expect(code(txn([], puts.slice(1)))).toBe(null);
  });
});

describe('a txn may', () => {
  it('put the same key in both branches, and delete a key twice', () => {
    expect(code(txn([], [put('a', '')], [put('a', '')]))).toBe(null);
    expect(code(txn([], [deleteRange('a'), deleteRange('a', { rangeEnd: 'b' }), put('b', '')]))).toBe(null);
  });

  it('put a key and delete everything from it on, because etcd does not see that overlap', () => {
    expect(code(txn([], [put('b', ''), deleteRange('a', { rangeEnd: '\0' })]))).toBe(null);
  });

  it('not delete the key that a put of it needs, though etcd lets that pass and then panics', () => {
    expect(code(txn([], [deleteRange('a', { rangeEnd: '\0' }), put('b', '', { ignoreValue: true })]))).toBe('ErrDuplicateKey');
  });
});
