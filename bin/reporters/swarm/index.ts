/** The reporters of a swarm by name, and which of them a command line asks for. */
import { resolve } from 'node:path';
import { UsageError } from '../../exit-status.ts';
import { unlessLost } from '../../losses.ts';
import { append, asAsked, empty, probe } from '../../writing.ts';
import { defaultReporter } from './default.ts';
import { dotReporter } from './dot.ts';
import { githubReporter } from './github.ts';
import { jsonReporter } from './json.ts';
import { junitReporter } from './junit.ts';
import type { SwarmReporter, Write } from './reporter.ts';

const REPORTERS = ['default', 'dot', 'json', 'junit', 'github'] as const;
type Name = (typeof REPORTERS)[number];

export const REPORTER_HELP = `${REPORTERS.join(', ')}; NAME=FILE writes to a file (github: on by default in GitHub Actions)`;

/**
 * Those asked for, as `NAME` or `NAME=FILE`; the default one for none. Throws a UsageError for a name that does not exist, for
 * two that would mix on the standard output, and for a file that cannot be written: better now than after an hour.
 */
export function reportersOf(asked: readonly string[], environment: NodeJS.ProcessEnv): SwarmReporter[] {
  const onGithub = environment['GITHUB_ACTIONS'] === 'true';
  const wanted = (asked.length === 0 ? ['default'] : asked).map(parse);
  // A document is spoilt by anything beside it.
  const isAlone = wanted.some(({ name, file }) => file === null && (name === 'json' || name === 'junit'));
  if (onGithub && !isAlone && !wanted.some(({ name }) => name === 'github')) wanted.push({ name: 'github', file: null });
  const spoken = wanted.filter(({ name, file }) => file === null && (isAlone || name !== 'github'));
  if (spoken.length > 1)
    throw new UsageError(
      `--reporter ${spoken.map(({ name }) => name).join(' ')}: both write to the standard output: give one a file, such as ${spoken[1]?.name}=report.txt`,
    );
  return wanted.map(({ name, file }) =>
    make(name, file === null ? (text) => void process.stdout.write(text) : intoFile(name, file), environment),
  );
}

function parse(text: string): { readonly name: Name; readonly file: string | null } {
  const [word = '', ...rest] = text.split('=');
  const name = REPORTERS.find((known) => known === word);
  if (name === undefined) throw new UsageError(`--reporter ${text}: there are ${REPORTERS.join(', ')}`);
  const file = rest.join('=');
  if (rest.length > 0 && file === '') throw new UsageError(`--reporter ${text}: the file has no name`);
  return { name, file: rest.length === 0 ? null : file };
}

function make(name: Name, write: Write, environment: NodeJS.ProcessEnv): SwarmReporter {
  switch (name) {
    case 'default':
      return defaultReporter(write);
    case 'dot':
      return dotReporter(write);
    case 'json':
      return jsonReporter(write);
    case 'junit':
      return junitReporter(write);
    case 'github':
      return githubReporter(write, environment['GITHUB_STEP_SUMMARY'] ?? '');
  }
}

function intoFile(name: Name, file: string): Write {
  const path = resolve(file);
  const named = `--reporter ${name}=${file}`;
  asAsked(named, () => probe(path));
  // What an earlier swarm left there stays until there is something else to say: this one may yet be refused.
  let isBegun = false;
  return (text) =>
    void unlessLost(named, () => {
      if (!isBegun) empty(path);
      isBegun = true;
      append(path, text);
    });
}
