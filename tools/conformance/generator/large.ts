/** Scripts of large values: requests beyond the limit, and histories that watches are sent in several fragments. */
import type { Json, JsonObject } from '../../../bin/store/json.ts';
import type { ScriptLine } from '../../../bin/store/script.ts';
import { REQUEST_MAX_BYTES } from '../subject.ts';
import { bytes, type Choices } from './choices.ts';

/** Clear of the limit on either side: how many bytes a request has beside its value is a matter of encoding. */
const SIZES = [REQUEST_MAX_BYTES / 2, (REQUEST_MAX_BYTES * 3) / 4, REQUEST_MAX_BYTES + 2_048] as const;
/** All of a history that large is more than one response may hold. */
const HISTORY_BYTES = 700 * 1024;
/** Operations of a txn beyond etcd's limit of 128, and at it. */
const COUNTS = [127, 128, 129] as const;

export function largeLines(choices: Choices): ScriptLine[] {
  const lines: ScriptLine[] = [];
  for (let written = 0; written < HISTORY_BYTES;) {
    const size = choices.weighted([
      [10, SIZES[0]],
      [10, SIZES[1]],
      [1, SIZES[2]],
    ]);
    if (size < REQUEST_MAX_BYTES) written += size;
    lines.push(choices.chance(90) ? { method: 'kv/put', body: putOf(choices, size) } : txnOf(choices, size));
    if (choices.chance(5)) lines.push({ method: 'kv/deleterange', body: { key: bytes(choices.stream.pick(choices.keys)) } });
  }
  const middle = choices.stream.below(lines.length);
  lines.splice(middle, 0, watchOf(choices, 0), ...COUNTS.map((count) => crowded(choices, count)));
  for (const revision of [2, choices.stream.between(3, 40), choices.stream.between(3, 40)])
    lines.push(watchOf(choices, revision));
  return lines;
}

function putOf(choices: Choices, size: number): JsonObject {
  const length = size - choices.stream.below(100);
  return { key: bytes(choices.stream.pick(choices.keys)), value: bytes(choices.value().repeat(length).slice(0, length)) };
}

/** Two puts which together may be too much. */
function txnOf(choices: Choices, size: number): ScriptLine {
  const [first, second] = choices.stream.shuffle(choices.keys);
  const success: Json[] = [first, second].map((key) => ({
    request_put: { ...putOf(choices, size / 2), key: bytes(key as string) },
  }));
  return { method: 'kv/txn', body: { success } };
}

function watchOf(choices: Choices, revision: number): ScriptLine {
  const body: Record<string, Json> = {
    key: bytes('\0'),
    range_end: bytes('\0'),
    start_revision: String(revision),
    fragment: choices.chance(75),
  };
  if (choices.chance(30)) body['prev_kv'] = true;
  return { method: 'watch', body: { create_request: body } };
}

/** So many comparisons or operations, some of them in a txn within. */
function crowded(choices: Choices, count: number): ScriptLine {
  const key = bytes(choices.stream.pick(choices.keys));
  const deletions = (length: number): Json[] => Array.from({ length }, () => ({ request_delete_range: { key } }));
  return choices.weighted<() => ScriptLine>([
    [1, () => ({ method: 'kv/txn', body: { compare: Array.from({ length: count }, () => ({ key, version: '0' })) } })],
    [1, () => ({ method: 'kv/txn', body: { failure: deletions(count) } })],
    [
      1,
      () => ({ method: 'kv/txn', body: { success: [...deletions(100), { request_txn: { success: deletions(count - 101) } }] } }),
    ],
  ])();
}
