import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { ms, seconds } from '../../sim/index.ts';
import { FileError } from '../load/written-file.ts';
import { loadController } from './modules.ts';
import { Realm } from './realm.ts';
import type { Host } from './bridge.ts';

const folder = mkdtempSync(join(tmpdir(), 'quorate-modules-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let made = 0;

/** Writes the files into a folder of their own; the URL of the first. */
function files(texts: Readonly<Record<string, string>>): URL {
  const root = join(folder, String(made++));
  for (const [name, text] of Object.entries(texts)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return pathToFileURL(join(root, Object.keys(texts)[0] as string));
}

/** What the main function shows. */
function shown(url: URL): unknown {
  let result: unknown;
  const none = (): never => {
    throw new Error('not in this test');
  };
  const host: Host = {
    name: 'mine',
    region: 'east',
    config: null,
    methods: [],
    call: none,
    watch: none,
    campaign: none,
    timer: none,
    print: none,
    random: () => 0,
    wallUs: () => seconds(1),
    monotonicUs: () => ms(1),
    show: (view) => (result = view),
  };
  const realm = new Realm('mine', host);
  const thrown = realm.begin(loadController(url)) ?? realm.unhandled();
  if (thrown !== null) throw thrown.reason;
  return result;
}

function refusal(texts: Readonly<Record<string, string>>): string {
  const url = files(texts);
  try {
    loadController(url);
  } catch (error) {
    expect(error).toBeInstanceOf(FileError);
    return (error as Error).message.replace(/^.*?\/(?=[^/]+\.[jt]s)/, '');
  }
  throw new Error('it was not refused');
}

describe('a controller of several files', () => {
  test('imports and exports in every way that a module can', () => {
    const url = files({
      'main.ts': `import type { Nothing } from 'somewhere';
import one, { two as deux, type Three, four } from './lib/all.ts';
import * as all from './lib/all.js';
import { again } from './again.ts';
export { helper };
function helper(): number { return four.x; }
const five: Three = 5;
export default function main({ show }: { show(view: unknown): void }) { show([one, deux, helper(), all.deep, five, again, Object.keys(all).sort()]); }
`,
      'lib/all.ts': `export type Three = number;
export * from './deep.ts';
export * as everything from './deep.ts';
export { deep as alias } from './deep.ts';
const two = 2;
export { two, one as default };
const one = 1;
export const { a: four, ...rest } = { a: { x: 4 }, b: 1 }, [six = 6] = [];
export class Seven {}
export async function eight() {}
`,
      'lib/deep.ts': `export const deep = 'deep';
export default class {}
`,
      'again.ts': `import { deep } from './lib/deep.ts';
export const again = () => deep;
`,
    });
    const [one, two, four, deep, five, , names] = shown(url) as readonly unknown[];
    expect([one, two, four, deep, five]).toEqual([1, 2, 4, 'deep', 5]);
    expect(names).toEqual(['Seven', 'alias', 'deep', 'default', 'eight', 'everything', 'four', 'rest', 'six', 'two']);
  });

  test('may be a function however it is written, and import what is none', () => {
    const text = "import three from './three.ts';\nconst main = ({ show }) => show(three);\n";
    const three = 'export default 3;\n';
    for (const last of ['export default main;', 'export { main as default };', 'export default (0, main);'])
      expect(shown(files({ 'main.js': text + last, 'three.ts': three }))).toBe(3);
  });

  test('runs each file once, and those that it imports before it', () => {
    const url = files({
      'main.js':
        "import { log } from './log.js';\nimport './b.js';\nimport './a.js';\nlog.push('main');\nexport default function ({ show }) { show(log) }\n(0, 1)\n",
      'a.js': "import { log } from './log.js';\nimport './b.js';\nlog.push('a');\n",
      'b.js': "import { log } from './log.js';\nlog.push('b');\n",
      'log.js': 'export const log = [];\n',
    });
    expect(() => shown(files({ 'main.js': 'export default (() => 1)()\n' }))).toThrow('its default export is no function');
    expect(shown(url)).toEqual(['b', 'a', 'main']);
  });

  test('names the place of an error by line and column of the file as it was written', () => {
    const url = files({
      'main.ts': "import { fail } from './lib/fail.ts';\nexport default function main(_given: unknown) { fail(); }\n",
      'lib/fail.ts': 'export function fail(): never { throw new Error(`at ${1 as number}`); }\n',
    });
    const error = caught(() => shown(url));
    expect(error.stack).toMatch(/at fail \(lib\/fail\.ts:1:39\)\n\s+at main \(main\.ts:2:49\)/);
  });
});

describe('a file that no controller can be made of', () => {
  const main = 'export default function main() {}\n';

  test.each([
    [
      { 'main.ts': 'export const main = 1;\n' },
      'main.ts: has no default export: write `export default async function main({ client }) { … }`',
    ],
    ...['3', '`main`', '{ main() {} }', '[main]', 'class {}', '-1', 'main'].map(
      (value): [Readonly<Record<string, string>>, string] => [
        { 'main.ts': `const main = 3;\nexport default ${value};\n` },
        `main.ts:${value === 'main' ? '1:14' : '2:16'}: its default export is no function: write \`export default async function main({ client }) { … }\``,
      ],
    ),
    [{ 'main.ts': `${main}const a: = 1;\n` }, /^main\.ts:2:\d+: /],
    [{ 'main.js': `${main}const a = ;\n` }, 'main.js:2:11: Unexpected token'],
    [{ 'main.ts': `${main}enum A { B }\n` }, /^main\.ts:2:1: TypeScript enum is not supported/],
    [
      { 'main.ts': `import fs from 'node:fs';\n${main}` },
      'main.ts:1:16: imports "node:fs", but a controller imports files of its own only: what it needs is given to its main function (for types alone: `import type`)',
    ],
    [{ 'main.ts': `import './nothing.ts';\n${main}` }, 'main.ts:1:8: imports "./nothing.ts", but there is no such file'],
    [
      { 'main.ts': `import './data.json';\n${main}`, 'data.json': '{}' },
      'main.ts:1:8: imports "./data.json", but a controller\'s files end in .ts or .js',
    ],
    [
      { 'main.ts': `import { b } from './a.ts';\n${main}`, 'a.ts': 'export const a = 1;\n' },
      'main.ts:1:10: "./a.ts" exports no "b"',
    ],
    [
      { 'main.ts': `import a from './a.ts';\n${main}`, 'a.ts': 'export const a = 1;\n' },
      'main.ts:1:8: "./a.ts" exports no default',
    ],
    [
      { 'main.ts': `import './a.ts';\n${main}`, 'a.ts': "import './main.ts';\n" },
      'main.ts: imports itself by way of others: put what both need into a file of its own',
    ],
    [
      { 'main.ts': `export let a = 1;\n${main}` },
      'main.ts:1:8: exports a variable (let), and who imports it would not see it change: export a function that returns it',
    ],
    [{ 'main.ts': `${main}await 1;\n` }, 'main.ts:2:1: await at the top of a file: a controller waits in its main function'],
    [
      { 'main.ts': `${main}const later = () => import('./a.ts');\n` },
      'main.ts:2:21: import(…) loads at run time: write an import at the top of the file',
    ],
    [
      { 'main.ts': `${main}const here = import.meta.url;\n` },
      'main.ts:2:14: import.meta says where a file lies, and a simulated process has no such file',
    ],
  ])('%j is refused with its place', (texts, message) => {
    const said = refusal(texts);
    if (typeof message === 'string') expect(said).toBe(message);
    else expect(said).toMatch(message);
  });

  test('that is not there is refused', () => {
    expect(() => loadController(pathToFileURL(join(folder, 'none.ts')))).toThrow(/none\.ts: cannot be read \(ENOENT\)$/);
  });
});

function caught(body: () => unknown): Error {
  try {
    body();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}
