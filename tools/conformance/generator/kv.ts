/** Random requests to etcd's KV service. */
import type { Json, JsonObject } from '../../../bin/store/json.ts';
import type { ScriptLine } from '../../../bin/store/script.ts';
import { bytes, type Choices } from './choices.ts';

type Fields = Record<string, Json>;

export function rangeLine(choices: Choices): ScriptLine {
  return { method: 'kv/range', body: choices.spelled(rangeBody(choices)) };
}

export function putLine(choices: Choices): ScriptLine {
  return { method: 'kv/put', body: choices.spelled(putBody(choices, choices.key())) };
}

export function deleteRangeLine(choices: Choices): ScriptLine {
  return { method: 'kv/deleterange', body: choices.spelled(deleteRangeBody(choices, choices.key())) };
}

export function txnLine(choices: Choices): ScriptLine {
  return { method: 'kv/txn', body: choices.spelled(new TxnMaker(choices).txn(0)) };
}

export function compactionLine(choices: Choices): ScriptLine {
  const body: Fields = { revision: choices.integer(choices.revision()) };
  if (choices.chance(20)) body['physical'] = true;
  return { method: 'kv/compaction', body };
}

function keyRange(choices: Choices, key: string, end = choices.rangeEnd(key)): Fields {
  return end === '' ? { key: bytes(key) } : { key: bytes(key), range_end: bytes(end) };
}

function rangeBody(choices: Choices): JsonObject {
  const body = keyRange(choices, choices.key());
  if (choices.chance(30)) body['revision'] = choices.integer(choices.revision());
  if (choices.chance(30)) body['limit'] = choices.integer(String(choices.stream.between(-1, 4)));
  if (choices.chance(30)) body['sort_order'] = choices.named(['NONE', 'ASCEND', 'DESCEND']);
  if (choices.chance(30)) body['sort_target'] = choices.named(['KEY', 'VERSION', 'CREATE', 'MOD', 'VALUE']);
  for (const filter of ['min_mod_revision', 'max_mod_revision', 'min_create_revision', 'max_create_revision']) {
    if (choices.chance(8)) body[filter] = choices.revision();
  }
  for (const flag of ['keys_only', 'count_only', 'serializable']) if (choices.chance(12)) body[flag] = true;
  return body;
}

function putBody(choices: Choices, key: string, mayIgnore = true): JsonObject {
  const body: Fields = { key: bytes(key) };
  const ignoreValue = mayIgnore && choices.chance(8);
  const ignoreLease = mayIgnore && choices.chance(8);
  // What is ignored must not be given; now and then it is.
  if (!ignoreValue || choices.chance(15)) body['value'] = bytes(choices.value());
  if (choices.chance(ignoreLease ? 15 : 25)) body['lease'] = choices.integer(choices.lease());
  if (choices.chance(20)) body['prev_kv'] = true;
  if (ignoreValue) body['ignore_value'] = true;
  if (ignoreLease) body['ignore_lease'] = true;
  return body;
}

function deleteRangeBody(choices: Choices, key: string): JsonObject {
  const body = keyRange(choices, key);
  if (choices.chance(30)) body['prev_kv'] = true;
  return body;
}

const DEPTH_MOST = 3;

class TxnMaker {
  private readonly choices: Choices;
  /** Keys that this txn puts or deletes. Mostly each once: most of what repeats a key is refused. */
  private readonly written = new Set<string>();
  /**
   * Puts may ask for what is there, or deletes may go without end; not both: etcd does not see that they meet, and a member that
   * finds no key where it has just checked that there is one panics, as does every other, and each again when it starts.
   */
  private readonly mayIgnore: boolean;

  constructor(choices: Choices) {
    this.choices = choices;
    this.mayIgnore = choices.chance(50);
  }

  txn(depth: number): JsonObject {
    const { choices } = this;
    const body: Fields = {};
    const compares = choices.list(3, () => this.compare());
    const success = choices.list(4, () => this.operation(depth));
    const failure = choices.list(3, () => this.operation(depth));
    if (compares.length > 0) body['compare'] = compares;
    if (success.length > 0) body['success'] = success;
    if (failure.length > 0) body['failure'] = failure;
    return body;
  }

  private compare(): JsonObject {
    const { choices } = this;
    const body: Fields = { key: bytes(choices.key()) };
    if (choices.chance(85)) body['result'] = choices.named(['EQUAL', 'GREATER', 'LESS', 'NOT_EQUAL']);
    if (choices.chance(20)) body['range_end'] = bytes(choices.rangeEnd(choices.stream.pick(choices.keys)));
    const [target, field, operand] = choices.weighted<() => readonly [string, string, Json]>([
      [25, () => ['VERSION', 'version', choices.integer(choices.version())]],
      [20, () => ['CREATE', 'create_revision', choices.integer(choices.chance(30) ? '0' : choices.revision())]],
      [20, () => ['MOD', 'mod_revision', choices.integer(choices.chance(20) ? '0' : choices.revision())]],
      [25, () => ['VALUE', 'value', bytes(choices.value())]],
      [10, () => ['LEASE', 'lease', choices.chance(30) ? '0' : choices.lease()]],
    ])();
    if (target !== 'VERSION' || choices.chance(80)) body['target'] = target;
    if (choices.chance(95)) body[field] = operand;
    return body;
  }

  private operation(depth: number): JsonObject {
    const { choices } = this;
    return choices.weighted<() => JsonObject>([
      [30, () => ({ request_range: rangeBody(choices) })],
      [35, () => ({ request_put: putBody(choices, this.fresh(), this.mayIgnore) })],
      [15, () => ({ request_delete_range: this.deletion() })],
      [depth < DEPTH_MOST ? 20 : 0, () => ({ request_txn: this.txn(depth + 1) })],
    ])();
  }

  /** Mostly of one key that nothing else here writes. */
  private deletion(): JsonObject {
    const { choices } = this;
    const prevKv = choices.chance(30) ? { prev_kv: true } : {};
    if (choices.chance(60)) return { key: bytes(this.fresh()), ...prevKv };
    const key = choices.key();
    const end = choices.rangeEnd(key);
    return { ...keyRange(choices, key, this.mayIgnore && end === '\0' ? '' : end), ...prevKv };
  }

  private fresh(): string {
    const { choices, written } = this;
    const unwritten = choices.keys.filter((key) => !written.has(key));
    if (unwritten.length === 0 || choices.chance(8)) return choices.key();
    const key = choices.stream.pick(unwritten);
    written.add(key);
    return key;
  }
}
