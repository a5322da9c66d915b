/** Reads a controller's files and makes each ES module a function body, since a context of its own offers no module loader. */
import { channel } from 'node:diagnostics_channel';
import { existsSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { dirname, relative, resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { FileError } from '../load/written-file.ts';
import { CONTROLLER_FILE } from './controller-file.ts';
import { writeModule, type ImportedFile } from './write-module.ts';

/** One file, ready to be compiled with the parameters `$import` and `$export`. */
export interface ControllerModule {
  /** Relative to the folder of the controller's own file: stacks name it, and must not depend on where it lies. */
  readonly name: string;
  readonly code: string;
  /** How many columns of its first line are not the author's. */
  readonly prefixLength: number;
  /** The file that each of its specifiers means. */
  readonly imports: ReadonlyMap<string, string>;
}

/** A controller's files, each after those that it imports; the last one is its own. */
export interface ControllerProgram {
  readonly type: 'program';
  readonly modules: readonly ControllerModule[];
}

/** A controller as text: it cannot import anything. */
export interface ControllerSource {
  readonly source: string;
  /** What stacks call it; `controller.ts` when absent. */
  readonly name?: string;
}

const fileRead = channel(CONTROLLER_FILE);

/**
 * Loads the file whose default export is the controller's main function; once, at the top of a scenario's file. Throws a
 * FileError with file, line and column when it cannot be one.
 */
export function loadController(from: URL | ControllerSource): ControllerProgram {
  if (from instanceof URL) {
    const path = fileURLToPath(from);
    const reader = new Reader(dirname(path));
    reader.read(path, []);
    return programOf(reader, path);
  }
  const name = from.name ?? 'controller.ts';
  const reader = new Reader('');
  reader.take(name, from.source, []);
  return programOf(reader, name);
}

function programOf(reader: Reader, main: string): ControllerProgram {
  const modules = [...reader.files.values()];
  const last = modules.at(-1);
  if (last?.exports.has('default') !== true) {
    throw new FileError(`${shown(main)}: has no default export: write \`export default async function main({ client }) { … }\``);
  }
  if (last.notMain !== null) throw last.notMain;
  return { type: 'program', modules: modules.map(({ module }) => module) };
}

interface ReadFile {
  readonly module: ControllerModule;
  readonly exports: ReadonlySet<string>;
  readonly notMain: Error | null;
}

class Reader {
  /** In the order in which they run. */
  readonly files = new Map<string, ReadFile>();
  private readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  /** `importers`: the files on the way here. */
  read(path: string, importers: readonly string[]): ReadFile {
    const known = this.files.get(path);
    if (known !== undefined) return known;
    if (importers.includes(path))
      throw new FileError(`${shown(path)}: imports itself by way of others: put what both need into a file of its own`);
    fileRead.publish(path);
    let text: string;
    try {
      text = readFileSync(path, 'utf8');
    } catch (error) {
      throw new FileError(`${shown(path)}: cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})`, {
        cause: error,
      });
    }
    return this.take(path, text, importers);
  }

  take(path: string, text: string, importers: readonly string[]): ReadFile {
    const { code, prefixLength, imports, exports, notMain } = writeModule(plainScript(path, text), {
      error: (message, line, column) => new FileError(`${shown(path)}:${line}:${column}: ${message}`),
      find: (specifier, error) => this.follow(path, specifier, error, [...importers, path]),
    });
    const name = this.root === '' ? path : relative(this.root, path).replaceAll('\\', '/');
    const file = { module: { name, code, prefixLength, imports }, exports, notMain };
    this.files.set(path, file);
    return file;
  }

  private follow(from: string, specifier: string, error: (message: string) => Error, importers: readonly string[]): ImportedFile {
    if (!/^\.\.?\//.test(specifier) || this.root === '') {
      const why = this.root === '' ? 'a controller given as text imports nothing' : 'a controller imports files of its own only';
      throw error(
        `imports "${specifier}", but ${why}: what it needs is given to its main function (for types alone: \`import type\`)`,
      );
    }
    const target = existing(resolve(dirname(from), specifier));
    if (target === null) throw error(`imports "${specifier}", but there is no such file`);
    if (!/\.[cm]?[jt]s$/.test(target)) throw error(`imports "${specifier}", but a controller's files end in .ts or .js`);
    const { module, exports } = this.read(target, importers);
    return { name: module.name, exports };
  }
}

/** TypeScript may name a file by what it would be compiled to. */
function existing(path: string): string | null {
  if (existsSync(path)) return path;
  const source = path.replace(/\.([cm]?)js$/, '.$1ts');
  return existsSync(source) ? source : null;
}

function shown(path: string): string {
  const here = relative('', path);
  return here === '' || here.startsWith('..') ? path : here;
}

/** Types become blanks, so that every place stays where it is. */
function plainScript(path: string, text: string): string {
  if (!/\.[cm]?ts$/.test(path)) return text;
  try {
    return withoutWarning(() => stripTypeScriptTypes(text));
  } catch (error) {
    const { message, stack = '' } = error as Error;
    // Its head: the line's number, lines of source, and an arrow below the mistake.
    const [head = '', ...rest] = stack.split('\n');
    const line = /:(\d+)$/.exec(head)?.[1];
    const column = rest.find((text) => /^\s*\^+\s*$/.test(text))?.indexOf('^') ?? 0;
    const place = line === undefined ? '' : `:${line}:${column + 1}`;
    throw new FileError(`${shown(path)}${place}: ${message.replace(/\s+/g, ' ').trim()}`, { cause: error });
  }
}

/** Node says of each process that strips types that this may change; the author of a controller can do nothing about it. */
function withoutWarning<T>(body: () => T): T {
  const own = Object.getOwnPropertyDescriptor(process, 'emitWarning') as PropertyDescriptor;
  Object.defineProperty(process, 'emitWarning', { ...own, value: () => undefined });
  try {
    return body();
  } finally {
    Object.defineProperty(process, 'emitWarning', own);
  }
}
