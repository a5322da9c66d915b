/** Runs the real linter, with the project's own configuration, over small projects made for the purpose. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const oxlint = join(dirname(createRequire(import.meta.url).resolve('oxlint/package.json')), 'bin/oxlint');

interface Report {
  readonly diagnostics: readonly { readonly code: string; readonly filename: string }[];
}

/** Lints a project of the given files; gives the rules that each file breaks, as `plugin(rule)`. */
function lint(files: Readonly<Record<string, string>>): Record<string, string[]> {
  const project = mkdtempSync(join(tmpdir(), 'quorate-lint-'));
  try {
    for (const name of ['.oxlintrc.json', 'tsconfig.json']) cpSync(join(root, name), join(project, name));
    for (const name of ['tools', 'node_modules']) symlinkSync(join(root, name), join(project, name), 'dir');
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(join(project, dirname(name)), { recursive: true });
      writeFileSync(join(project, name), `${text}\n`);
    }
    const folders = [...new Set(Object.keys(files).map((name) => name.split('/', 1)[0] ?? name))];
    const run = spawnSync(process.execPath, [oxlint, '--format', 'json', ...folders], { cwd: project, encoding: 'utf8' });
    const broken: Record<string, string[]> = Object.fromEntries(Object.keys(files).map((name) => [name, []]));
    for (const { code, filename } of (JSON.parse(run.stdout) as Report).diagnostics) broken[filename]?.push(code);
    return broken;
  } finally {
    rmSync(project, { recursive: true });
  }
}

const GLOBAL = 'eslint(no-restricted-globals)';
const PROPERTY = 'eslint(no-restricted-properties)';
const SORT = 'typescript(require-array-sort-compare)';
const ASYNC = 'oxc(no-async-await)';
const STATE = 'quorate(no-module-state)';
const POWER = 'quorate(no-exponentiation)';
const ARROW = 'quorate(import-arrows)';

/** What a simulation must not say, and the rule that hears it. */
const BANNED: readonly (readonly [statement: string, rule: string])[] = [
  ['export const now = (): number => Date.now();', GLOBAL],
  ['export const date = (): unknown => new Date(0);', GLOBAL],
  ['export const date = (): unknown => new globalThis.Date(0);', GLOBAL],
  ['export const now = (): number => performance.now();', GLOBAL],
  ['export const id = (): string => crypto.randomUUID();', GLOBAL],
  ['export const host = (): string => process.platform;', GLOBAL],
  ['export const later = (f: () => void): unknown => setTimeout(f, 1);', GLOBAL],
  ['export const later = (f: () => void): unknown => setInterval(f, 1);', GLOBAL],
  ['export const later = (f: () => void): unknown => setImmediate(f);', GLOBAL],
  ['export const later = (f: () => void): void => { queueMicrotask(f); };', GLOBAL],
  ['export const later = (): unknown => Promise.resolve();', GLOBAL],
  ["export const order = (): unknown => new Intl.Collator('en');", GLOBAL],
  ['export const weak = (o: object): unknown => new WeakRef(o);', GLOBAL],
  ['export async function later(): Promise<void> { await soon(); }\ndeclare function soon(): Promise<void>;', ASYNC],
  ['export const later = async (): Promise<void> => { await soon(); };\ndeclare function soon(): Promise<void>;', ASYNC],
  [
    'export async function* all(): AsyncGenerator<number> { yield* some(); }\ndeclare function some(): AsyncGenerator<number>;',
    ASYNC,
  ],
  ['await soon();\ndeclare function soon(): Promise<void>;', 'node(no-top-level-await)'],
  ['export const order = (a: string, b: string): number => a.localeCompare(b);', PROPERTY],
  ['export const text = (n: number): string => n.toLocaleString();', PROPERTY],
  ['export const text = (s: string): string => s.toLocaleUpperCase();', PROPERTY],
  ['export const draw = (): number => Math.random();', PROPERTY],
  ['export const { random } = Math;', PROPERTY],
  ...['sin', 'cos', 'tan', 'exp', 'log', 'log2', 'log10', 'log1p', 'cbrt', 'atan'].map(
    (name) => [`export const f = (x: number): number => Math.${name}(x);`, PROPERTY] as const,
  ),
  ['export const f = (x: number): number => Math.pow(x, 3);', PROPERTY],
  ['export const f = (x: number): number => Math.hypot(x, 3);', PROPERTY],
  ['export const f = (x: number): number => x ** 3;', POWER],
  ['export function f(x: number): number { x **= 3; return x; }', POWER],
  ['export const order = (a: string[]): string[] => a.sort();', SORT],
  ['export const order = (a: readonly string[]): string[] => a.toSorted();', SORT],
  ['let count = 0;\nexport const next = (): number => count++;', STATE],
  ['export const seen = new Map<string, number>();', STATE],
];

/** What looks like it, and is allowed. */
const ALLOWED: readonly string[] = [
  'export const f = (x: number): number => Math.sqrt(Math.floor(x)) + Math.imul(3, 5);',
  'export const f = (): bigint => 2n ** 64n;',
  'export const order = (a: readonly number[]): number[] => a.toSorted((x, y) => x - y);',
  "export const TITLES: ReadonlyMap<string, string> = new Map([['a', 'b']]);",
  'export function* reconcile(): Generator<number, void> { yield 1; }',
  'export const copy = (): Set<string> => new Set();',
];

const banned = Object.fromEntries(
  ['sim', 'model/raft'].flatMap((folder) => BANNED.map(([text], i) => [`${folder}/banned-${i}.ts`, text] as const)),
);
const bannedInTests = Object.fromEntries(BANNED.map(([text], i) => [`sim/banned-${i}.test.ts`, text] as const));
const allowed = Object.fromEntries(ALLOWED.map((text, i) => [`sim/allowed-${i}.ts`, text] as const));

const IMPORTS: readonly (readonly [file: string, specifier: string, allowed: boolean])[] = [
  ['sim/a.ts', './other.ts', true],
  ['sim/a.ts', 'heap-js', true],
  ['sim/a.ts', 'seedrandom/lib/alea.js', true],
  ['sim/a.ts', 'seedrandom', false],
  ['sim/a.ts', 'zod', false],
  ['sim/a.ts', 'node:fs', false],
  ['sim/a.ts', 'crypto', false],
  ['sim/a.ts', '../model/index.ts', false],
  ['sim/a.test.ts', 'vitest', true],
  ['sim/a.test.ts', 'node:fs', true],
  ['sim/a.test.ts', '../model/index.ts', false],
  ['model/raft/a.ts', '../store/a.ts', true],
  ['model/raft/a.ts', '../../sim/index.ts', true],
  ['model/raft/a.ts', '../replay/a.ts', true],
  ['model/raft/a.ts', '../../replay/index.ts', false],
  ['model/raft/a.ts', '../../scenarios/index.ts', false],
  ['model/raft/a.ts', 'heap-js', false],
  ['replay/a.ts', '../sim/index.ts', true],
  ['replay/a.ts', 'zod', true],
  ['replay/a.ts', '../model/index.ts', false],
  ['replay/a.ts', 'node:fs', false],
  ['scenarios/a.ts', '../model/index.ts', true],
  ['scenarios/a.ts', '../replay/index.ts', true],
  ['scenarios/a.ts', '../bin/swarm.ts', false],
  ['scenarios/a.ts', 'node:path', false],
  ['scenarios/vitest.ts', 'vitest', true],
  ['scenarios/vitest/load.ts', 'node:module', true],
  ['bin/a.ts', '../scenarios/index.ts', true],
  ['bin/a.ts', 'ink', true],
  ['bin/a.ts', 'node:fs', true],
  ['bin/a.ts', '../tools/lint/plugin.ts', false],
];

const importing = (specifier: string): readonly string[] => [
  `import '${specifier}';`,
  `import type { A } from '${specifier}';`,
  `export * from '${specifier}';`,
  `export { a } from '${specifier}';`,
  `export const a = import('${specifier}');`,
  `export type A = import('${specifier}').A;`,
];

const fileOf = (file: string, i: number): string =>
  file.replace(/(\w+)(\.test)?\.ts$/, (_, name: string, kind: string | undefined) =>
    name === 'vitest' ? 'vitest.ts' : `${name}-${i}${kind ?? ''}.ts`,
  );

const importers = Object.fromEntries(
  IMPORTS.map(([file, specifier], i) => [fileOf(file, i), importing(specifier).join('\n')] as const),
);

const broken = lint({ ...banned, ...bannedInTests, ...allowed, ...importers });

test.each(BANNED)('a simulation cannot say: %s', (text, rule) => {
  const index = BANNED.findIndex(([banned]) => banned === text);
  expect(broken[`sim/banned-${index}.ts`]).toContain(rule);
  expect(broken[`model/raft/banned-${index}.ts`]).toContain(rule);
  expect(broken[`sim/banned-${index}.test.ts`]).not.toContain(rule);
});

test.each(ALLOWED)('a simulation can say: %s', (text) => {
  expect(broken[`sim/allowed-${ALLOWED.indexOf(text)}.ts`]).toEqual([]);
});

test.each(IMPORTS.map(([file, specifier, isAllowed], i) => ({ file, specifier, verb: isAllowed ? 'may' : 'may not', i })))(
  '$file $verb import $specifier',
  ({ file, specifier, verb, i }) => {
    const arrows = broken[fileOf(file, i)]?.filter((rule) => rule === ARROW);
    expect(arrows).toHaveLength(verb === 'may' ? 0 : importing(specifier).length);
  },
);

test('a module chosen at run time is out of reach for a folder without a host', () => {
  const text = 'export const load = (name: string): unknown => import(name);';
  const files = lint({ 'replay/load.ts': text, 'bin/load.ts': text });
  expect(files).toEqual({ 'replay/load.ts': [ARROW], 'bin/load.ts': [] });
});
