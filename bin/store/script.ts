/** Scripts for the store: a request a line, as etcd's gateway takes it. */
import { z } from 'zod';
import { describeIssue } from '../../replay/read-recording.ts';
import { unknownName } from '../../scenarios/nearest.ts';
import { UsageError } from '../exit-status.ts';
import { isObject, type JsonObject } from './json.ts';

export const scriptMethods = [
  'kv/range',
  'kv/put',
  'kv/deleterange',
  'kv/txn',
  'kv/compaction',
  'lease/grant',
  'lease/revoke',
  'lease/timetolive',
  'lease/keepalive',
  'lease/leases',
  'watch',
  'advance',
] as const;
export type ScriptMethod = (typeof scriptMethods)[number];

export interface ScriptLine {
  readonly method: ScriptMethod;
  readonly body: JsonObject;
}

const lineSchema = z.strictObject(
  {
    method: z.string(),
    body: z.custom<JsonObject>(isObject, 'should be an object').prefault({}),
  },
  'should be {"method": …, "body": …}',
);

/** One line of a script; null for an empty one. Throws a UsageError that says where (`at`, such as `file:3`) and what. */
export function parseLine(text: string, at: string): ScriptLine | null {
  if (text.trim() === '') return null;
  const written = lineSchema.safeParse(parseJson(text, at));
  if (!written.success) throw new UsageError(`${at}: ${describeIssue(written.error).replace(/^damaged: /, '')}`);
  const { method, body } = written.data;
  const known = scriptMethods.find((name) => name === method);
  if (known === undefined)
    throw new UsageError(`${at}: ${unknownName('method', method, scriptMethods)} (${scriptMethods.join(', ')})`);
  return { method: known, body };
}

function parseJson(text: string, at: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/\s+/g, ' ') : String(error);
    throw new UsageError(
      `${at}: not JSON (${reason}); each line is one request, {"method": "kv/put", "body": {"key": "YQ==", "value": "Yg=="}}`,
      { cause: error },
    );
  }
}
