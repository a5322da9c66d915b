/** A process's state as a list of named values, and what changed between two such lists. */
import { formatTime } from '../../sim/index.ts';
import { printable } from './cell-width.ts';

export interface Field {
  /** Where it stands: names from the outside in, joined by `PATH_SEPARATOR`. */
  readonly path: string;
  /** Its value as text. */
  readonly value: string;
}

/** `A` added, `M` modified, `D` deleted; a space for what is as it was. */
export type Mark = 'A' | 'M' | 'D' | ' ';

export interface MarkedField extends Field {
  readonly mark: Mark;
  /** The value before, for what was modified. */
  readonly before: string | null;
}

/** Names may have dots in them, and none has this. */
export const PATH_SEPARATOR = '\u001f';

/** Between the entries of a record that stands on one line. */
export const ENTRY_SEPARATOR = ' · ';

/** Nothing that people would read has more. */
const FIELDS_MAX = 600;
/** A list or record of plain values that is longer than this is spread over lines of its own. */
const INLINE_MAX = 48;
const DEPTH_MAX = 8;

/** Lists all plain values inside a value. Small lists and records of plain values stay on one line. */
export function fieldsOf(value: unknown): readonly Field[] {
  const fields: Field[] = [];
  collect('', value, 0, fields);
  if (fields.length > FIELDS_MAX) {
    fields.length = FIELDS_MAX;
    fields.push({ path: '…', value: 'and more' });
  }
  return fields;
}

/** The fields of `after` in their order, marked with what happened to them; what is gone stands where it stood. */
export function compareFields(before: readonly Field[], after: readonly Field[]): readonly MarkedField[] {
  const old = new Map(before.map(({ path, value }) => [path, value]));
  const now = new Set(after.map(({ path }) => path));
  const marked: MarkedField[] = [];
  let passed = 0;
  const gone = (upTo: string | null): void => {
    for (; passed < before.length; passed++) {
      const { path, value } = before[passed] as Field;
      if (path === upTo) break;
      if (!now.has(path)) marked.push({ path, value, mark: 'D', before: null });
    }
  };
  for (const { path, value } of after) {
    const was = old.get(path);
    if (was === undefined) {
      marked.push({ path, value, mark: 'A', before: null });
      continue;
    }
    gone(path);
    marked.push(was === value ? { path, value, mark: ' ', before: null } : { path, value, mark: 'M', before: was });
  }
  gone(null);
  return marked;
}

/** `7 → 8`; of records on one line only the entries that changed: `durable 7 → 8`. */
export function valueChange(before: string, after: string): string {
  const old = before.split(ENTRY_SEPARATOR);
  const now = after.split(ENTRY_SEPARATOR);
  if (old.length !== now.length || old.length === 1) return `${before} → ${after}`;
  return now.flatMap((entry, at) => (entry === old[at] ? [] : [entryChange(old[at] as string, entry)])).join(ENTRY_SEPARATOR);
}

function entryChange(before: string, after: string): string {
  const space = after.indexOf(' ');
  const name = after.slice(0, space + 1);
  return before.startsWith(name) ? `${before} → ${after.slice(name.length)}` : `${before} → ${after}`;
}

function collect(path: string, value: unknown, depth: number, into: Field[]): void {
  if (value === null || typeof value !== 'object') {
    into.push({ path: path === '' ? 'value' : path, value: scalar(path, value) });
    return;
  }
  const inline = path === '' ? null : onOneLine(value);
  if (inline !== null || depth >= DEPTH_MAX) {
    into.push({ path, value: inline ?? '…' });
    return;
  }
  const parts = partsOf(value);
  for (const key in parts) {
    if (into.length > FIELDS_MAX) return;
    collect(path === '' ? key : path + PATH_SEPARATOR + key, parts[key], depth + 1, into);
  }
}

/** The whole of a small value, or null when it does not fit or holds more than plain values. */
function onOneLine(value: object): string | null {
  const isList = Array.isArray(value) || value instanceof Set;
  const parts = partsOf(value);
  let text = '';
  for (const key in parts) {
    const part = parts[key];
    if (part !== null && typeof part === 'object') return null;
    const entry = isList ? scalar('', part) : `${key} ${scalar(key, part)}`;
    text = text === '' ? entry : text + (isList ? ', ' : ENTRY_SEPARATOR) + entry;
    if (text.length > INLINE_MAX) return null;
  }
  if (text === '' && !isList) return '{}';
  return isList ? `[${text}]` : text;
}

/** A path as people write it. */
export function shownPath(path: string): string {
  return path.replaceAll(PATH_SEPARATOR, '.');
}

/** What tells the records of a list apart, if they have it. */
const IDENTITIES = ['key', 'name', 'id', 'uid', 'member'];

/** A value's parts by name, whatever holds them. Records of a list go by their own names, so that one more shifts no other. */
function partsOf(value: object): Readonly<Record<string, unknown>> {
  if (value instanceof Map)
    return Object.fromEntries([...(value as Map<unknown, unknown>)].map(([key, part]) => [String(key), part]));
  const parts = value instanceof Set ? [...(value as Set<unknown>)] : value;
  return Array.isArray(parts) ? (byIdentity(parts) ?? partsByPosition(parts)) : (parts as Readonly<Record<string, unknown>>);
}

function partsByPosition(list: readonly unknown[]): Readonly<Record<string, unknown>> {
  return list as unknown as Readonly<Record<string, unknown>>;
}

function byIdentity(list: readonly unknown[]): Readonly<Record<string, unknown>> | null {
  const [first] = list;
  if (first === null || typeof first !== 'object') return null;
  const identity = IDENTITIES.find((name) => name in first);
  if (identity === undefined) return null;
  const named: Record<string, unknown> = {};
  for (const record of list) {
    const name = (record as Readonly<Record<string, unknown>> | null)?.[identity];
    if ((typeof name !== 'string' && typeof name !== 'number') || name in named) return null;
    // A name of digits alone would be taken for a position, and go before the others.
    named[typeof name === 'number' || /^\d+$/.test(name) ? `${identity} ${name}` : name] = record;
  }
  return named;
}

function scalar(path: string, value: unknown): string {
  if (typeof value === 'string') return value === '' ? '""' : printable(value);
  // Units stand at the end of names: what ends in `Us` is a time.
  if (typeof value === 'number' && path.endsWith('Us')) return formatTime(value);
  if (value === null) return '–';
  return typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint' ? String(value) : typeof value;
}
