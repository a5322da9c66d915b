/** The text of a test that repeats one recorded failure, with all that decides it in the file. */
import { defaultDesign, type Design } from '../model/design.ts';
import { platformTopology } from '../model/platform.ts';
import type { Recording } from '../replay/recording.ts';
import { hashValue } from '../replay/value-hash.ts';

/** Where the test has its scenario from. */
export type PinnedScenario =
  | { readonly kind: 'catalogue' }
  /** A module of the user's, as it is imported from the test. */
  | { readonly kind: 'module'; readonly specifier: string }
  /** A declarative one: all of it is in the recording. */
  | { readonly kind: 'data'; readonly path: string };

/** `property` is what the run failed at; null when a program threw. */
export function pinnedTest(recording: Recording, property: string | null, from: PinnedScenario): string {
  const { scenario, seed, violation } = recording;
  const names = from.kind === 'data' ? 'defineScenario' : null;
  return [
    `/** Regression test for a recorded failure (quorate pin).${violation === null ? '' : ` It failed with: ${inComment(violation.message)}`} */`,
    ...(names === null ? [] : [`import { ${names} } from 'quorate';`]),
    "import { repeat } from 'quorate/vitest';",
    "import { test } from 'vitest';",
    ...(from.kind === 'module' ? [`import scenario from ${text(from.specifier)};`] : []),
    '',
    ...(from.kind === 'data'
      ? [
          `const scenario = defineScenario({ name: ${text(scenario)}, title: ${text(`from ${from.path}`)}, healAtUs: ${recording.healAtUs}, endUs: ${recording.endUs} });`,
          '',
        ]
      : []),
    `test(${text(`${property === null ? 'no program throws' : `${property} holds`} in ${scenario}, seed ${seed}`)}, { timeout: 60_000 }, () =>`,
    `  repeat(${from.kind === 'catalogue' ? text(scenario) : 'scenario'}, {`,
    ...(property === null ? [] : [`    property: ${text(property)},`]),
    ...fields(recording).map((line) => `    ${line}`),
    '  }),',
    ');',
    '',
  ].join('\n');
}

function fields(recording: Recording): readonly string[] {
  const { seed, defects, topology, faults, workload, healAtUs, endUs } = recording;
  // What a person has edited was checked when the file was read.
  const design = recording.design as Design;
  return [
    `seed: ${seed},`,
    ...(defects.length === 0 ? [] : [`defects: ${literal(defects)},`]),
    ...block('design', differences(design)),
    ...(hashValue(topology) === hashValue(platformTopology()) ? [] : [`topology: ${literal(topology)},`]),
    ...rows('faults', faults),
    ...rows('workload', workload),
    `healAtUs: ${healAtUs},`,
    `endUs: ${endUs},`,
  ];
}

/** A design as it differs from the default one: what changes there from version to version is to change here as well. */
function differences(design: Design): readonly string[] {
  const usual: Readonly<Record<string, unknown>> = { ...defaultDesign };
  return Object.entries(design).flatMap(([key, value]) =>
    hashValue(value) === hashValue(usual[key]) ? [] : [`${key}: ${literal(value)},`],
  );
}

function block(name: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [`${name}: {`, ...lines.map((line) => `  ${line}`), '},'];
}

function rows(name: string, values: readonly object[]): readonly string[] {
  if (values.length === 0) return [`${name}: [],`];
  return [`${name}: [`, ...values.map((value) => `  ${literal(value)},`), '],'];
}

/** A value as TypeScript has it, on one line. */
function literal(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).map(
      ([key, member]) => `${/^[A-Za-z_$][\w$]*$/.test(key) ? key : text(key)}: ${literal(member)}`,
    );
    return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`;
  }
  return typeof value === 'string' ? text(value) : String(value);
}

function text(value: string): string {
  // JSON escapes what may not stand in a string; its quotes are others.
  return `'${JSON.stringify(value).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}

function inComment(message: string): string {
  return message.replaceAll('*/', '* /').replaceAll(/\s+/g, ' ');
}
