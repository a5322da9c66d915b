/** Declarative scenarios: a YAML or JSON file with a fault plan, a workload and design values, which can run no code. */
import { z } from 'zod';
import { defaultDesign } from '../../model/design.ts';
import type { Intent } from '../../model/intent.ts';
import { faultSchema } from '../../replay/input-schema.ts';
import { faultCatalogue } from '../../sim/index.ts';
import { defineScenario, lateFault, type Scenario } from '../define-scenario.ts';
import { unknownName } from '../nearest.ts';
import { designConflict } from './design-conflict.ts';
import { checkDesignFields, designSchema, DESIGN_US_FIELDS } from './design-schema.ts';
import { platformNames, unknownTarget } from './platform-names.ts';
import { at, check, didYouMean, parseWritten, type WrittenFile } from './written-file.ts';

const timeUs = z.int().min(0);
const name = z.string().min(1);
const intentHead = { at: timeUs, client: name };
const replicas = z.int().min(0).max(1_000);

/** Bounds of a roll-out, and whether its replicas have names that last, and volumes. */
const storage = z.strictObject({ sizeGb: z.int().min(1).max(65_536), reclaim: z.enum(['delete', 'retain']) });
const rollOut = {
  storage: storage.exactOptional(),
  identity: z.enum(['none', 'stable']).exactOptional(),
  maxSurge: replicas.exactOptional(),
  maxUnavailable: replicas.exactOptional(),
};

const named = <O extends string>(operation: O) =>
  z.strictObject({ ...intentHead, operation: z.literal(operation), arguments: z.strictObject({ name }) });

/** One thing that an operator of the platform does. */
export const intentSchema = z.discriminatedUnion('operation', [
  z.strictObject({
    ...intentHead,
    operation: z.literal('declare'),
    arguments: z.strictObject({ name, replicas, image: name, ...rollOut }),
  }),
  z.strictObject({ ...intentHead, operation: z.literal('scale'), arguments: z.strictObject({ name, replicas }) }),
  z.strictObject({ ...intentHead, operation: z.literal('roll-out'), arguments: z.strictObject({ name, image: name }) }),
  ...(['roll-back', 'pause-roll-out', 'resume-roll-out', 'delete', 'read'] as const).map(named),
  z.strictObject({
    ...intentHead,
    operation: z.literal('declare-service'),
    arguments: z.strictObject({ name, deployment: name, mode: z.enum(['balanced', 'primary']) }),
  }),
  ...(
    [
      'delete-service',
      'delete-endpoints',
      'join-region',
      'drain-region',
      'remove-region',
      'drain-node',
      'uncordon-node',
      'remove-node',
      'join-node',
    ] as const
  ).map(named),
]) satisfies z.ZodType<Intent>;

export const OPERATIONS: readonly string[] = intentSchema.options.map((option) => option.shape.operation.value);
const FAULTS = faultCatalogue.map(({ id }) => id);

const fields = {
  name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'should be lower-case words with hyphens'),
  title: z.string().exactOptional(),
  healAtUs: timeUs,
  endUs: timeUs,
  design: designSchema.exactOptional(),
  faults: z.array(faultSchema).exactOptional(),
  workload: z.array(intentSchema).exactOptional(),
};

const scenarioSchema = z.strictObject(fields);

const US_FIELDS = ['healAtUs', 'endUs', 'byUs', ...DESIGN_US_FIELDS];
const WRITTEN_NAMES = Object.keys(fields).map((field) => field.replace(/Us$/, ''));

/** Reads a scenario of the whole platform. Throws a FileError with file, line and column of the first mistake. */
export function readScenario(text: string, file: string): Scenario {
  const written = parseWritten(text, file);
  checkNames(written);
  const { title, ...options } = check(written, scenarioSchema, US_FIELDS, ['at', 'for']);
  checkTimes(written, options);
  checkAgainstPlatform(written, options);
  return defineScenario({ ...options, title: title ?? `the scenario of ${file}` });
}

function checkTimes(written: WrittenFile, { healAtUs, endUs, workload = [] }: Written): void {
  if (endUs <= healAtUs)
    throw written.error(['endUs'], 'should be later than healAt: the run goes on after it, so that goals can be reached');
  const late = workload.findIndex(({ at: atUs }) => atUs >= endUs);
  if (late >= 0) throw written.error(['workload', late, 'at'], 'should be earlier than the end of the run');
}

type Written = Omit<z.infer<typeof scenarioSchema>, 'title'>;

/** What the plan strikes and who carries the workload out must exist in the platform of this design. */
function checkAgainstPlatform(written: WrittenFile, chosen: Written): void {
  const { design, faults = [], workload = [], healAtUs } = chosen;
  const whole = { ...defaultDesign, ...design };
  const conflict = designConflict(whole);
  if (conflict !== null) throw written.error(['design'], conflict);
  const names = platformNames(whole);
  for (const [i, fault] of faults.entries()) {
    if (fault.at >= healAtUs) throw written.error(['faults', i, 'at'], lateFault(healAtUs));
    for (const [field, value] of Object.entries(fault)) {
      if (!TARGET_FIELDS.includes(field)) continue;
      const unknown = unknownTarget(field === 'region' ? `region:${String(value)}` : String(value), names);
      if (unknown !== null) throw written.error(['faults', i, field], unknown);
    }
  }
  for (const [i, { client }] of workload.entries()) {
    if (!names.operators.includes(client))
      throw written.error(['workload', i, 'client'], unknownName('operator', client, names.operators));
  }
}

const TARGET_FIELDS = ['target', 'from', 'to', 'region'];

/** Unknown names are reported first, each with the nearest known one: the schema's own message for them would not help. */
function checkNames(written: WrittenFile): void {
  const { value } = written;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const empty = value === null ? 'the file is empty; ' : '';
    throw written.error([], `${empty}a scenario is a map of fields with their values: name, healAt, end, faults, …`);
  }
  for (const field of Object.keys(value)) {
    if (Object.hasOwn(fields, field) || WRITTEN_NAMES.includes(field)) continue;
    throw written.error([], `a scenario has no field "${field}"${didYouMean(field, WRITTEN_NAMES)}`, field);
  }
  if ('design' in value) checkDesignFields(written, ['design']);
  checkFaultNames(written);
  checkChoices(written, 'workload', 'operation', 'operation', OPERATIONS);
}

export function checkFaultNames(written: WrittenFile): void {
  checkChoices(written, 'faults', 'do', 'fault', FAULTS);
}

function checkChoices(written: WrittenFile, list: string, field: string, what: string, names: readonly string[]): void {
  const items = at(written.value, [list]);
  if (!Array.isArray(items)) return;
  items.forEach((item, i) => {
    const chosen = at(item, [field]);
    if (typeof item === 'object' && item !== null && chosen === undefined)
      throw written.error([list, i], `"${field}" is missing`);
    if (typeof chosen === 'string' && !names.includes(chosen)) {
      throw written.error([list, i, field], unknownName(what, chosen, names));
    }
    if (list === 'faults' && typeof chosen === 'string') checkFaultFields(written, i, item as object, chosen);
  });
}

function checkFaultFields(written: WrittenFile, i: number, fault: object, id: string): void {
  const known = ['at', 'do', ...(faultCatalogue.find((row) => row.id === id)?.fields ?? [])];
  const names = known.map((field) => field.replace(/Us$/, ''));
  for (const field of Object.keys(fault)) {
    if (known.includes(field) || names.includes(field)) continue;
    throw written.error(['faults', i], `the fault "${id}" has no field "${field}"${didYouMean(field, names)}`, field);
  }
}
