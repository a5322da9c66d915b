/** Reads recordings: what is older, newer, damaged or foreign is refused in one clear line. */
import { z } from 'zod';
import { decodeBase64 } from './base64.ts';
import { faultSchema, topologySchema } from './input-schema.ts';
import { issueInWords } from './issue-words.ts';
import { FORMAT, FULL_DIGEST_EVERY, type Recording } from './recording.ts';

/** Why a text is not a recording that this version reads; the message is one line. */
export class RecordingError extends Error {
  override name = 'RecordingError';
}

const count = z.int().min(0);
const hash = z.string().regex(/^[0-9a-f]{16,64}$/, 'should be hexadecimal digits');
const digest = z.string().regex(/^[0-9a-f]{16}$/, 'should be 16 hexadecimal digits');
const plainObject = z.record(z.string(), z.unknown());

const recordingSchema = z.strictObject({
  quorate: z.string().min(1),
  format: z.literal(FORMAT),
  build: hash,
  scenario: z.string().min(1),
  userFile: z.strictObject({ path: z.string().min(1), kind: z.enum(['module', 'data']), hash }).nullable(),
  seed: count,
  design: plainObject,
  defects: z.array(z.string()),
  topology: topologySchema,
  faults: z.array(faultSchema),
  workload: z.array(plainObject),
  healAtUs: count,
  endUs: count,
  interventions: z.array(z.never()).max(0, 'this version cannot execute interventions'),
  verdict: z.enum(['ok', 'violation', 'stalled', 'crashed']),
  violation: z
    .strictObject({
      property: z.string(),
      kind: z.enum(['always', 'eventually', 'sometimes']),
      step: count,
      timeUs: count,
      message: z.string(),
    })
    .nullable(),
  steps: count,
  digest,
  digests: z.array(digest),
  digestBytes: z.string(),
  inputHashes: z.strictObject({
    scenario: digest,
    userFile: digest,
    seed: digest,
    design: digest,
    defects: digest,
    topology: digest,
    faults: digest,
    workload: digest,
    healAtUs: digest,
    endUs: digest,
    interventions: digest,
  }),
}) satisfies z.ZodType<Recording>;

/** Only these tell a recording of another format from a foreign file, so they keep their names in every format. */
const headSchema = z.looseObject({ quorate: z.string(), format: z.int() });

/** Throws a `RecordingError`. */
export function readRecording(text: string): Recording {
  const json = parseJson(text);
  const head = headSchema.safeParse(json);
  if (!head.success) throw new RecordingError('not a recording of Quorate: it lacks "quorate" and "format"');
  const { quorate, format } = head.data;
  if (format > FORMAT) {
    throw new RecordingError(
      `format ${format}, written by Quorate ${quorate}, is newer than this version reads (format ${FORMAT})`,
    );
  }
  if (format < FORMAT) {
    throw new RecordingError(
      `format ${format}, written by Quorate ${quorate}, is older than this version reads (format ${FORMAT})`,
    );
  }
  const parsed = recordingSchema.safeParse(json);
  if (!parsed.success) throw new RecordingError(describeIssue(parsed.error));
  checkDigests(parsed.data);
  return parsed.data;
}

function parseJson(text: string): unknown {
  if (text.trim() === '') throw new RecordingError('not a recording of Quorate: the file is empty');
  try {
    return JSON.parse(text);
  } catch (error) {
    const ours = /^\s*\{\s*"quorate"/.test(text);
    const message = !ours
      ? 'not a recording of Quorate: not JSON'
      : text.trimEnd().endsWith('}')
        ? 'damaged: not JSON any more'
        : 'damaged: it ends in the middle (was it copied whole?)';
    throw new RecordingError(message, { cause: error });
  }
}

/** As many digests as steps. */
function checkDigests({ steps, digests, digestBytes }: Recording): void {
  const bytes = decodeBase64(digestBytes);
  if (bytes === null) throw new RecordingError('damaged: digestBytes: not base64');
  if (bytes.length !== steps) throw new RecordingError(`damaged: digestBytes: ${bytes.length} steps, but steps says ${steps}`);
  const expected = Math.floor(steps / FULL_DIGEST_EVERY);
  if (digests.length !== expected)
    throw new RecordingError(`damaged: digests: ${digests.length}, but ${steps} steps need ${expected}`);
}

/** The first thing that is wrong with the value at `at`, in one line. */
export function describeIssue(error: z.ZodError, at: readonly PropertyKey[] = []): string {
  const issue = error.issues[0];
  if (issue === undefined) return 'damaged';
  const path = [...at, ...issue.path].map(String).join('.');
  return `${path === '' ? 'damaged: ' : `${path}: `}${inWords(issue)}`;
}

function inWords(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') return `there is no field "${issue.keys.join('", "')}" here`;
  if (issue.code === 'invalid_type' && issue.message.endsWith('received undefined')) return 'is missing';
  return issueInWords(issue).replace('Invalid discriminator value. Expected', 'should be one of').replaceAll(' | ', ', ');
}
