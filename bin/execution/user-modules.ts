/** Loads a module of the user's, with `quorate` and `quorate/*` meaning this package itself, installed beside it or not. */
import { createHash } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { dirname, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { CONTROLLER_FILE } from '../../scenarios/async/controller-file.ts';
import { defineScenario, type Scenario } from '../../scenarios/define-scenario.ts';
import { checkedScenario } from '../../scenarios/load/checked-scenario.ts';
import { InputError } from '../../sim/index.ts';
import { UsageError } from '../exit-status.ts';
import { isOwnModule, moduleUrl } from '../package-info.ts';
import { shownPath } from '../reading.ts';

const ENTRIES: ReadonlyMap<string, string> = new Map([
  ['quorate', 'scenarios/index'],
  ['quorate/sim', 'sim/index'],
  ['quorate/model', 'model/index'],
  ['quorate/replay', 'replay/index'],
  ['quorate/vitest', 'scenarios/vitest'],
  ['quorate/async', 'scenarios/async'],
]);

export interface LoadedModule {
  readonly scenario: Scenario;
  /** Over the file and every other file of the user's that it loaded. */
  readonly hash: string;
}

/** Loads the module's default export. What the module throws is thrown on; a `UsageError` says what is wrong with the file. */
export async function loadUserModule(path: string): Promise<LoadedModule> {
  const files = new Set<string>([path]);
  const hooks = registerHooks({
    resolve(specifier, context, nextResolve) {
      const entry = ENTRIES.get(specifier);
      if (entry !== undefined) return { url: moduleUrl(entry).href, shortCircuit: true };
      const resolved = resolveOwn(() => nextResolve(specifier, context), specifier, context.parentURL);
      if (isUsersOwn(resolved.url)) files.add(fileURLToPath(resolved.url));
      return resolved;
    },
  });
  // What an async controller is made of is not imported.
  const take = (path: unknown): void => {
    if (isUsersOwn(pathToFileURL(path as string).href)) files.add(path as string);
  };
  subscribe(CONTROLLER_FILE, take);
  try {
    const loaded = (await import(pathToFileURL(path).href)) as { readonly default?: unknown };
    return { scenario: asScenario(loaded.default, path), hash: hashFiles(files, dirname(path)) };
  } catch (error) {
    throw unloadable(error, path) ?? error;
  } finally {
    hooks.deregister();
    unsubscribe(CONTROLLER_FILE, take);
  }
}

/** A file that is not there is named as its importer wrote it; code of the user's that expects that sees Node's own error. */
function resolveOwn<T>(resolve: () => T, specifier: string, importer: string | undefined): T {
  try {
    return resolve();
  } catch (error) {
    if (/^\.\.?\//.test(specifier) && importer?.startsWith('file:') === true && error instanceof Error)
      absent.set(error, `${shownPath(fileURLToPath(importer))}: imports "${specifier}", but there is no such file`);
    throw error;
  }
}

/** What is wrong with an import, by the error that it ended with. */
const absent = new WeakMap<Error, string>();

function isUsersOwn(url: string): boolean {
  return url.startsWith('file:') && !url.includes('/node_modules/') && !isOwnModule(url);
}

function asScenario(value: unknown, path: string): Scenario {
  if (typeof value === 'object' && value !== null && 'type' in value && value.type === 'scenario')
    return checked(value as Scenario, path);
  const isPromise = value instanceof Promise ? ' but a promise' : '';
  throw new UsageError(
    `${shownPath(path)}: its default export is not a scenario${isPromise}: write \`export default defineScenario({ … })\``,
  );
}

/** An object may call itself a scenario without `defineScenario` having seen it, and that sees no more than the head of one. */
function checked(scenario: Scenario, path: string): Scenario {
  try {
    return checkedScenario(defineScenario(scenario));
  } catch (error) {
    throw error instanceof InputError ? unfit(error, path) : error;
  }
}

function unfit(error: InputError, path: string): UsageError {
  return new UsageError(`${shownPath(path)}: ${error.message}`, { cause: error });
}

/** Files that never got to run are wrong input; what they throw when they run is a crash. */
function unloadable(error: unknown, path: string): UsageError | null {
  if (!(error instanceof Error)) return null;
  if (error.name === 'FileError') return new UsageError(error.message);
  if (error instanceof InputError) return unfit(error, path);
  const { code } = error as NodeJS.ErrnoException;
  const isUnreadable = error instanceof SyntaxError || code === 'ERR_MODULE_NOT_FOUND' || code === 'ERR_UNSUPPORTED_DIR_IMPORT';
  const why = code === 'ERR_MODULE_NOT_FOUND' ? absent.get(error) : undefined;
  if (why !== undefined) return new UsageError(why);
  return isUnreadable ? new UsageError(`${placeOf(error) ?? shownPath(path)}: ${error.message.replace(/\s+/g, ' ')}`) : null;
}

/**
 * `file:line:column`, from the head of a stack: the place on its own line, the line of source, and an arrow below the mistake.
 */
function placeOf({ stack = '' }: Error): string | null {
  const [head = '', ...rest] = stack.split('\n');
  const [, written = '', line = ''] = /^(.+):(\d+)$/.exec(head) ?? [];
  if (line === '') return null;
  const file = written.startsWith('file:') ? fileURLToPath(written) : written;
  const column = rest.find((text) => /^\s*\^+\s*$/.test(text))?.indexOf('^');
  return `${shownPath(file)}:${line}${column === undefined ? '' : `:${column + 1}`}`;
}

function hashFiles(files: ReadonlySet<string>, folder: string): string {
  const hash = createHash('sha256');
  for (const file of [...files].sort()) {
    hash
      .update(`${relative(folder, file).replaceAll('\\', '/')}\0`)
      .update(readFileSync(file))
      .update('\0');
  }
  return hash.digest('hex').slice(0, 16);
}
