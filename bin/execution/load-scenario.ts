/** From what a user names on the command line to a scenario. */
import { createHash } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import type { UserFile } from '../../replay/recording.ts';
import type { Scenario } from '../../scenarios/define-scenario.ts';
import { UsageError } from '../exit-status.ts';
import { readText, shownPath } from '../reading.ts';
import type { Source } from './job.ts';

export interface LoadedScenario {
  readonly scenario: Scenario;
  /** The user's file, with its path relative to the folder where a recording would lie; null for the catalogue. */
  readonly userFile: UserFile | null;
}

const MODULE = /\.[cm]?[jt]s$/;
const DATA = /\.(?:ya?ml|json)$/;

/** A name of the catalogue or a path. Throws a UsageError for a name that does not exist or a file that cannot be one. */
export async function findSource(argument: string): Promise<Source> {
  const isPath = MODULE.test(argument) || DATA.test(argument) || /[\\/]/.test(argument);
  return isPath ? fileSource(argument) : catalogueSource(argument);
}

function fileSource(argument: string): Source {
  const path = resolve(argument);
  if (!existsSync(path)) throw new UsageError(`${argument}: there is no such file`);
  if (statSync(path).isDirectory())
    throw new UsageError(`${argument}: is a folder; a scenario is a file that ends in .ts, .js, .yaml or .json`);
  if (MODULE.test(argument)) return { kind: 'module', path };
  if (DATA.test(argument)) return { kind: 'data', path };
  throw new UsageError(`${argument}: a scenario file ends in .ts, .js, .yaml or .json`);
}

async function catalogueSource(argument: string): Promise<Source> {
  const { catalogue } = await import('../../scenarios/catalogue/index.ts');
  if (catalogue.some(({ name }) => name === argument)) return { kind: 'catalogue', name: argument };
  if (argument !== '' && existsSync(resolve(argument))) return fileSource(argument);
  const { unknownName } = await import('../../scenarios/nearest.ts');
  throw new UsageError(
    `${unknownName(
      'scenario',
      argument,
      catalogue.map(({ name }) => name),
    )} (quorate list scenarios)`,
  );
}

/** Loads a scenario in this thread. A module of the user's may throw here, or never end. */
export async function loadScenario(source: Source, recordingFolder: string): Promise<LoadedScenario> {
  switch (source.kind) {
    case 'catalogue': {
      const { catalogue } = await import('../../scenarios/catalogue/index.ts');
      const scenario = catalogue.find(({ name }) => name === source.name);
      if (scenario === undefined) throw new UsageError(`no scenario is called "${source.name}"`);
      return { scenario, userFile: null };
    }
    case 'data': {
      const { readScenario } = await import('../../scenarios/load/declarative.ts');
      const text = readText(source.path);
      const hash = createHash('sha256').update(text).digest('hex').slice(0, 16);
      const scenario = readScenario(text, shownPath(source.path));
      return { scenario, userFile: { path: relativePath(recordingFolder, source.path), kind: 'data', hash } };
    }
    case 'module': {
      const { loadUserModule } = await import('./user-modules.ts');
      const { scenario, hash } = await loadUserModule(source.path);
      return { scenario, userFile: { path: relativePath(recordingFolder, source.path), kind: 'module', hash } };
    }
    case 'recorded': {
      const { recordedScenario } = await import('./recorded-scenario.ts');
      const { name, userFile } = source;
      return { scenario: recordedScenario(name, userFile), userFile };
    }
  }
}

function relativePath(folder: string, path: string): string {
  return relative(folder, path).replaceAll('\\', '/');
}
