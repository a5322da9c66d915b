/** A YAML or JSON file that a person wrote: its plain data, and where in the file each part of it stands. */
import { isMap, isPair, isScalar, LineCounter, parseDocument, visit, type Document, type ErrorCode, type Pair } from 'yaml';
import type { z } from 'zod';
import { issueInWords } from '../../replay/issue-words.ts';
import { parseDuration, TIME_EXPECTED } from '../duration.ts';
import { nearestName } from '../nearest.ts';

/** What is wrong with a file, and where: the message is one line, `file:line:column: what`. */
export class FileError extends Error {
  override name = 'FileError';
}

export type Path = readonly PropertyKey[];

export interface WrittenFile {
  readonly value: unknown;
  /** An error about the value at `path`, or, with `key`, about that key in the object there. */
  error(path: Path, message: string, key?: string): Error;
  /** What a field of the schema is called where this was written. */
  called(field: string): string;
}

/** Parses YAML (of which JSON is a part). No tag runs code. Throws a FileError. */
export function parseWritten(text: string, file: string): WrittenFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number, message: string): FileError => {
    const { line, col } = lines.linePos(offset);
    return new FileError(`${file}:${line}:${col}: ${message}`);
  };
  const [syntax] = [...document.errors, ...document.warnings];
  if (syntax !== undefined) throw at(syntax.pos[0], SYNTAX[syntax.code] ?? syntax.message.replace(/\s+/g, ' '));
  visit(document, {
    Alias(_key, alias) {
      if (alias.resolve(document) === undefined) throw at(alias.range?.[0] ?? 0, `nothing above is marked with &${alias.source}`);
    },
  });
  return {
    value: plainData(document, (message) => at(0, message)),
    error: (path, message, key) =>
      at(offsetOf(document, path, key), `${describePath(path.map(shortName(document, path)))}${message}`),
    called: (field) => field.replace(/Us$/, ''),
  };
}

/** Where the parser's own words speak of its programming interface, or do not say which. */
const SYNTAX: Partial<Record<ErrorCode, string>> = {
  DUPLICATE_KEY: 'this field stands here twice',
  MULTIPLE_DOCS: 'a second document begins here: one file, one document',
};

function plainData(document: Document, error: (message: string) => FileError): unknown {
  try {
    const value: unknown = document.toJS();
    // Aliases can make a value contain itself, and only a walk through all of it shows that.
    JSON.stringify(value);
    return value;
  } catch (cause) {
    // Otherwise: too many aliases, or one without its anchor.
    throw error(cause instanceof ReferenceError ? cause.message : 'an alias refers to a value that contains it');
  }
}

/**
 * Validates the data of a file against a schema whose times are microseconds. Where the schema has a field `…Us`, the file may
 * have it without `Us`, as a duration with its unit (`healAt: 20s`); `durations` names the schema's fields without `Us` that
 * are times too. Throws a FileError about the first mistake.
 */
export function check<T>(
  written: WrittenFile,
  schema: z.ZodType<T>,
  usFields: readonly string[],
  durations: readonly string[],
): T {
  return fits(written, schema, inMicroseconds(written, written.value, [], new Set(usFields), new Set(durations)));
}

/** Validates data against a schema; throws the error of `written` about the first mistake. */
export function fits<T>(written: WrittenFile, schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  if (issue === undefined) throw written.error([], 'not valid');
  throw explain(written, issue, value);
}

function inMicroseconds(
  written: WrittenFile,
  value: unknown,
  path: Path,
  usFields: ReadonlySet<string>,
  durations: ReadonlySet<string>,
): unknown {
  if (Array.isArray(value)) return value.map((item, i) => inMicroseconds(written, item, [...path, i], usFields, durations));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, field]: [string, unknown]) => {
      const isShort = usFields.has(`${name}Us`);
      if (isShort || durations.has(name) || usFields.has(name)) {
        const timeUs = typeof field === 'string' ? parseDuration(field) : usFields.has(name) || field === 0 ? field : null;
        if (timeUs === null) throw written.error([...path, name], TIME_EXPECTED);
        return [isShort ? `${name}Us` : name, timeUs];
      }
      return [name, inMicroseconds(written, field, [...path, name], usFields, durations)];
    }),
  );
}

function explain(written: WrittenFile, issue: z.core.$ZodIssue, value: unknown): Error {
  if (issue.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys;
    return written.error(issue.path, `no field is called "${key}" here`, key);
  }
  if ((issue.code === 'invalid_type' || issue.code === 'invalid_value') && at(value, issue.path) === undefined) {
    const field = written.called(String(issue.path.at(-1) ?? 'everything'));
    return written.error(issue.path.slice(0, -1), `"${field}" is missing`);
  }
  return written.error(issue.path, issueInWords(issue));
}

/** `; did you mean "x"?`, or nothing. */
export function didYouMean(name: string, names: readonly string[]): string {
  const nearest = nearestName(name, names);
  return nearest === null ? '' : `; did you mean "${nearest}"?`;
}

/** The value at a path of plain data; undefined when there is none. */
export function at(value: unknown, path: Path): unknown {
  let found = value;
  for (const step of path)
    found = typeof found === 'object' && found !== null ? (found as Record<PropertyKey, unknown>)[step] : undefined;
  return found;
}

/** `faults[0].do: `, or nothing. */
export function describePath(path: Path): string {
  const text = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`)).join('');
  return text === '' ? '' : `${text.replace(/^\./, '')}: `;
}

/** Where the value at `path` begins; or, when it is not there, the nearest place that is. */
function offsetOf(document: Document, path: Path, key?: string): number {
  for (let length = path.length; length >= 0; length--) {
    const node = document.getIn(path.slice(0, length).map(shortName(document, path)), true);
    if (key !== undefined && length === path.length && isMap(node)) {
      const pair = node.items.find((item) => isPair(item) && keyOf(item) === key);
      if (isScalar(pair?.key) && pair.key.range) return pair.key.range[0];
    }
    const range = rangeOf(node);
    if (range !== null) return range;
  }
  return 0;
}

/** A field `…Us` may stand in the file without its unit. */
function shortName(document: Document, path: Path): (step: PropertyKey, i: number) => PropertyKey {
  return (step, i) => {
    if (typeof step !== 'string' || !step.endsWith('Us')) return step;
    const short = step.slice(0, -2);
    return document.hasIn([...path.slice(0, i), short]) ? short : step;
  };
}

function keyOf(pair: Pair): unknown {
  return isScalar(pair.key) ? pair.key.value : pair.key;
}

function rangeOf(node: unknown): number | null {
  if (typeof node !== 'object' || node === null || !('range' in node)) return null;
  const { range } = node as { range?: readonly number[] | null };
  return range?.[0] ?? null;
}
