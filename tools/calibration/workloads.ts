/** What is asked of both, the real etcd and the simulated member: the same requests, written for each. */
import type { ScriptLine } from '../../bin/store/script.ts';
import { toBase64 } from '../../bin/store/fields.ts';
import type { Fields } from './grpc.ts';

export interface Workload {
  readonly name: string;
  readonly requests: number;
  /** The n-th request, from 0. */
  readonly grpc: (n: number) => readonly [method: string, message: Fields];
  readonly script: (n: number) => ScriptLine;
}

const KEYS = 100;
const SMALL = 'x'.repeat(100);
const LARGE = 'x'.repeat(4_096);

const keyOf = (n: number): string => `key/${String(n % KEYS).padStart(3, '0')}`;

/** In this order: later ones use what earlier ones have written. */
export const workloads: readonly Workload[] = [
  put('put, 100 B', SMALL),
  range('range, one key', false, 0),
  range('range, one key, serializable', true, 0),
  range('range, 100 keys', false, 100),
  {
    name: 'txn, compare and put',
    requests: 2_000,
    grpc: (n) => [
      '/etcdserverpb.KV/Txn',
      [
        [
          1,
          [
            [1, 1],
            [2, 0],
            [3, keyOf(n)],
            [4, 0],
          ],
        ],
        [
          2,
          [
            [
              2,
              [
                [1, keyOf(n)],
                [2, SMALL],
              ],
            ],
          ],
        ],
      ],
    ],
    script: (n) => ({
      method: 'kv/txn',
      body: {
        compare: [{ key: toBase64(keyOf(n)), result: 'GREATER', target: 'VERSION', version: '0' }],
        success: [{ request_put: { key: toBase64(keyOf(n)), value: toBase64(SMALL) } }],
      },
    }),
  },
  put('put, 4 KiB', LARGE),
  {
    name: 'deleterange, one key',
    requests: 2_000,
    grpc: (n) => ['/etcdserverpb.KV/DeleteRange', [[1, keyOf(n)]]],
    script: (n) => ({ method: 'kv/deleterange', body: { key: toBase64(keyOf(n)) } }),
  },
  {
    name: 'lease grant',
    requests: 2_000,
    grpc: (n) => [
      '/etcdserverpb.Lease/LeaseGrant',
      [
        [1, 600],
        [2, n + 1],
      ],
    ],
    script: (n) => ({ method: 'lease/grant', body: { TTL: '600', ID: String(n + 1) } }),
  },
  {
    name: 'lease time to live',
    requests: 2_000,
    grpc: (n) => ['/etcdserverpb.Lease/LeaseTimeToLive', [[1, n + 1]]],
    script: (n) => ({ method: 'lease/timetolive', body: { ID: String(n + 1) } }),
  },
  {
    name: 'lease keepalive',
    requests: 2_000,
    grpc: (n) => ['/etcdserverpb.Lease/LeaseKeepAlive', [[1, n + 1]]],
    script: (n) => ({ method: 'lease/keepalive', body: { ID: String(n + 1) } }),
  },
  {
    name: 'lease revoke',
    requests: 2_000,
    grpc: (n) => ['/etcdserverpb.Lease/LeaseRevoke', [[1, n + 1]]],
    script: (n) => ({ method: 'lease/revoke', body: { ID: String(n + 1) } }),
  },
];

function put(name: string, value: string): Workload {
  return {
    name,
    requests: 2_000,
    grpc: (n) => [
      '/etcdserverpb.KV/Put',
      [
        [1, keyOf(n)],
        [2, value],
      ],
    ],
    script: (n) => ({ method: 'kv/put', body: { key: toBase64(keyOf(n)), value: toBase64(value) } }),
  };
}

function range(name: string, serializable: boolean, keys: number): Workload {
  const end = keys === 0 ? '' : 'key0';
  return {
    name,
    requests: 2_000,
    grpc: (n) => [
      '/etcdserverpb.KV/Range',
      [
        [1, keys === 0 ? keyOf(n) : 'key/'],
        ...(end === '' ? [] : [[2, end] as const]),
        ...(serializable ? [[7, 1] as const] : []),
      ],
    ],
    script: (n) => ({
      method: 'kv/range',
      body: {
        key: toBase64(keys === 0 ? keyOf(n) : 'key/'),
        ...(end === '' ? {} : { range_end: toBase64(end) }),
        ...(serializable ? { serializable: true } : {}),
      },
    }),
  };
}

/** Watches of all keys that are open while a put is measured; the difference is theirs. */
export const WATCHES = 50;
export const watchGrpc: Fields = [
  [
    1,
    [
      [1, '\0'],
      [2, '\0'],
    ],
  ],
];
export const watchScript: ScriptLine = {
  method: 'watch',
  body: { create_request: { key: toBase64('\0'), range_end: toBase64('\0') } },
};
