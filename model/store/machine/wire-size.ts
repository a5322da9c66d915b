/** Sizes in protobuf, to the byte, of what etcd cuts by size: events, and the watch responses that carry them. */
import type { KeyValue, StoreEvent } from './requests.ts';

/**
 * What a watch response has beside its events: its header with two ids of nine or ten bytes, revision and term;
 * the watch's id; and that more follows.
 */
export const watchResponseHeadBytes = 36;

/** An event as an item of a response, with its tag and length. */
export function eventWireBytes({ type, kv, prevKv }: StoreEvent): number {
  const bytes = (type === 'delete' ? 2 : 0) + nested(pairBytes(kv)) + (prevKv === null ? 0 : nested(pairBytes(prevKv)));
  return nested(bytes);
}

function pairBytes({ key, value, createRevision, modRevision, version, lease }: KeyValue): number {
  return text(key) + integer(createRevision) + integer(modRevision) + integer(version) + text(value) + integer(lease);
}

/** A field at its default is not written. All tags here take one byte. */
function integer(value: number): number {
  return value === 0 ? 0 : 1 + varint(value);
}

function text(value: string): number {
  return value === '' ? 0 : nested(value.length);
}

function nested(bytes: number): number {
  return 1 + varint(bytes) + bytes;
}

/** Seven bits a byte; a negative number has all 64. */
function varint(value: number): number {
  if (value < 0) return 10;
  let bytes = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) bytes++;
  return bytes;
}
