/**
 * Scenarios in TypeScript or JavaScript get the same checks as declarative ones: a compiler checks neither names nor ranges, and
 * JavaScript has none. What is fixed is checked at once, what is drawn as it is drawn.
 */
import { z } from 'zod';
import { defaultDesign } from '../../model/design.ts';
import { OPERATORS } from '../../model/platform.ts';
import { STORE_OPERATOR, type MemberIntent } from '../../model/store/client/member-operator.ts';
import { faultSchema, topologySchema } from '../../replay/input-schema.ts';
import { canonical } from '../../replay/value-hash.ts';
import { InputError } from '../../sim/index.ts';
import type { Scenario } from '../define-scenario.ts';
import { unknownName } from '../nearest.ts';
import { checkFaultNames, intentSchema, OPERATIONS } from './declarative.ts';
import { designConflict } from './design-conflict.ts';
import { checkDesignFields, designSchema } from './design-schema.ts';
import { describePath, didYouMean, fits, type WrittenFile } from './written-file.ts';

const aFunction = z.custom<object>((value) => typeof value === 'function', 'should be a function');
const text = z.string();

/** Of fields that are the same for every seed. */
const fixed = {
  name: text,
  type: z.literal('scenario'),
  title: text,
  healAtUs: z.int(),
  endUs: z.int(),
  build: aFunction,
  onlyTheseProperties: z.boolean(),
  challenges: text,
};

/** Only a user's own clients know what they can be told to do. */
const anyIntent = z.looseObject({ at: z.int().min(0), client: text.min(1), operation: text, arguments: z.looseObject({}) });
/** Changes of the store's group: no declarative scenario asks for them. */
const memberIntent = z.strictObject({
  at: z.int().min(0),
  client: z.literal(STORE_OPERATOR),
  operation: z.enum(['member-replace', 'members-join', 'member-remove', 'move-leader']),
  arguments: z.strictObject({ draw: z.int().min(0) }),
}) satisfies z.ZodType<MemberIntent>;
const propertyId = text.regex(/^[^\s/]+\/[^\s/]+$/, {
  error: ({ input }) => `"${String(input)}" should be its layer and its name, such as my/no-leftovers`,
});
const anyProperty = z.looseObject({ id: propertyId, kind: z.enum(['always', 'eventually', 'sometimes']), monitor: aFunction });

/** Checks of the values of fields that may be drawn. */
const drawable: Readonly<
  Record<Exclude<keyof Scenario, keyof typeof fixed>, (written: Checked, scenario: Pick<Scenario, 'build'>) => void>
> = {
  design(written) {
    checkDesignFields(written, ['design']);
    fits(written, z.object({ design: designSchema }), written.value);
  },
  topology: (written) => void fits(written, z.object({ topology: topologySchema }), written.value),
  faults(written) {
    checkFaultNames(written);
    fits(written, z.object({ faults: z.array(faultSchema) }), written.value);
  },
  workload: checkWorkloadOf,
  properties: (written) => void fits(written, z.object({ properties: z.array(anyProperty) }), written.value),
};

/** A field by its name, with its value. */
interface Checked extends WrittenFile {
  readonly value: Readonly<Record<string, unknown>>;
}

const FIELDS = [...Object.keys(fixed), ...Object.keys(drawable)];

/**
 * The same scenario, which throws an InputError that names the field when what it draws makes no
 * sense. Throws one for what is fixed.
 */
export function checkedScenario(scenario: Scenario): Scenario {
  const checked: Record<string, unknown> = { ...scenario };
  for (const [field, value] of Object.entries<unknown>({ ...scenario })) {
    if (!FIELDS.includes(field)) throw new InputError(`a scenario has no field "${field}"${didYouMean(field, FIELDS)}`);
    if (value === undefined) continue;
    if (!isDrawable(field))
      fits(asWritten(field, value), z.object({ [field]: fixed[field as keyof typeof fixed] }), { [field]: value });
    else if (typeof value === 'function') checked[field] = checkedDraw(field, value as (draw: unknown) => unknown, scenario);
    else checkFixed(field, value, scenario);
  }
  return checked as unknown as Scenario;
}

/**
 * Checks the workload of a plan against what its scenario may draw: a plan from a file may have been edited. Throws an InputError
 * that says which operation makes no sense.
 */
export function checkWorkload(workload: unknown, scenario: Pick<Scenario, 'build'>): void {
  drawable.workload(asWritten('workload', workload), scenario);
}

function isDrawable(field: string): field is keyof typeof drawable {
  return Object.hasOwn(drawable, field);
}

function checkedDraw(
  field: keyof typeof drawable,
  draws: (draw: unknown) => unknown,
  scenario: Scenario,
): (draw: unknown) => unknown {
  return (draw) => {
    const drawn = draws(draw);
    // The function that draws refuses a promise, and says why.
    if (!(drawn instanceof Promise)) drawable[field](asWritten(field, drawn), scenario);
    return drawn;
  };
}

function checkFixed(field: keyof typeof drawable, value: unknown, scenario: Scenario): void {
  const written = asWritten(field, value);
  drawable[field](written, scenario);
  if (field === 'design') {
    const conflict = designConflict({ ...defaultDesign, ...(value as Partial<typeof defaultDesign>) });
    if (conflict !== null) throw written.error(['design'], conflict);
  }
}

/**
 * Fields that are `undefined` count as absent, as in the plan itself. Properties stay the objects that they are; everything
 * else is copied in its canonical form.
 */
function asWritten(field: string, value: unknown): Checked {
  return {
    value: { [field]: field === 'properties' ? value : canonical(value) },
    error: (path, message) => new InputError(`${describePath(path)}${message}`),
    called: (name) => name,
  };
}

/**
 * Who is called as the platform's operators are does what they do, whoever builds the world. Other clients are known once it is
 * built; without a `build` there are none.
 */
function checkWorkloadOf(written: Checked, { build }: Pick<Scenario, 'build'>): void {
  const { workload } = fits(written, z.object({ workload: z.array(anyIntent) }), written.value);
  const clients = [...OPERATORS, STORE_OPERATOR];
  for (const [i, { client, operation }] of workload.entries()) {
    if (build === undefined && !clients.includes(client))
      throw written.error(['workload', i, 'client'], unknownName('operator', client, clients));
    if (OPERATORS.includes(client) && !OPERATIONS.includes(operation))
      throw written.error(['workload', i, 'operation'], unknownName('operation', operation, OPERATIONS));
  }
  const each = workload.map(({ client }) => {
    if (client === STORE_OPERATOR) return memberIntent;
    return OPERATORS.includes(client) ? intentSchema : anyIntent;
  });
  fits(written, z.object({ workload: z.tuple(each as []) }), written.value);
}
