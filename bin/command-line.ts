/** The command line: finds the command, loads its module and no other, and turns errors into exit statuses. */
import { Command, CommanderError, Help, type Option } from 'commander';
import { commands, type CommandModule } from './commands/index.ts';
import { ExitStatus, UsageError } from './exit-status.ts';
import { afterLosses } from './losses.ts';
import { version } from './package-info.ts';
import { codeOf } from './writing.ts';

const INTRODUCTION =
  'A deterministic simulator of a consensus-backed control plane. A run is a function of its seed: what fails once fails again, exactly.';

const EXAMPLES = `
Examples:
  quorate list scenarios
  quorate run pause-the-leader --seed 7
  quorate run ./my-scenario.ts --seed 7 --json`;

const STATUSES = `
Exit status: 0 clean · 1 violation, a point of a review fails, or a history is
invalid · 2 stalled · 3 nondeterminism · 4 undecided · 5 a probe was never hit ·
64 wrong usage or input, or an output that cannot be written · 70 Quorate's own
failure · 130 interrupted`;

/** Runs one command line (without node and script) and leaves the exit status in `process.exitCode`. */
export async function commandLine(args: readonly string[]): Promise<void> {
  process.stdout.on('error', endWithoutReader);
  // Words that nobody can hear change nothing about how it ends.
  process.stderr.on('error', () => undefined);
  // `quorate help run` as well as `quorate run --help`.
  const words = args[0] === 'help' ? [...args.slice(1, 2), '--help'] : args;
  try {
    const program = await createProgram(words);
    await program.parseAsync(words, { from: 'user' });
    process.exitCode = afterLosses(process.exitCode);
  } catch (error) {
    process.exitCode = report(error, args);
  }
}

async function createProgram(args: readonly string[]): Promise<Command> {
  const asked = args.find((arg) => !arg.startsWith('-'));
  const program = new Command('quorate')
    .description(INTRODUCTION)
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .addHelpText('after', `${EXAMPLES}\n${STATUSES}`)
    .configureOutput({
      outputError: (text, write) =>
        write(`quorate: ${oneLine(text)} (quorate ${asked === undefined ? '' : `${asked} `}--help)\n`),
    })
    .configureHelp({ subcommandTerm: (command) => command.name(), optionDescription: described })
    .exitOverride()
    .action(() => program.outputHelp());
  for (const { name, summary, load } of commands) {
    const command = program.command(name).summary(summary).description(summary).helpOption('-h, --help', 'print help');
    if (name !== asked) continue;
    const module: CommandModule = await load();
    module.define(command);
  }
  if (asked !== undefined && !commands.some(({ name }) => name === asked)) {
    const { unknownName } = await import('../scenarios/nearest.ts');
    throw new UsageError(
      `${unknownName(
        'command',
        asked,
        commands.map(({ name }) => name),
      )} (quorate --help)`,
    );
  }
  return program;
}

/** Commander's own words, without the head and the line of their own that it gives to a suggestion. */
function oneLine(text: string): string {
  return text
    .replace(/^error: /, '')
    .replace(/\s*\n\((Did you mean .*)\)/, (_, hint: string) => `; ${hint.slice(0, 1).toLowerCase()}${hint.slice(1)}`)
    .trimEnd();
}

/** Defaults as they would be typed, and none where nothing is the default. */
function described(option: Option): string {
  return new Help()
    .optionDescription(option)
    .replace(' (default: [])', '')
    .replace(/\(default: "(.*)"\)/, '(default: $1)');
}

/**
 * Whoever read the output, such as `head`, has seen enough. Where it could not be written (a full disk) the result
 * is lost, and no status may tell one.
 */
function endWithoutReader(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit();
  process.stderr.write(`quorate: the standard output cannot be written (${codeOf(error)})\n`);
  process.exit(ExitStatus.usage);
}

function report(error: unknown, args: readonly string[]): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? ExitStatus.clean : ExitStatus.usage;
  // A FileError comes from modules that only those commands load which read such files.
  if (error instanceof UsageError || (error instanceof Error && error.name === 'FileError')) {
    process.stderr.write(`quorate: ${error.message}\n`);
    return ExitStatus.usage;
  }
  const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`quorate: failed by itself; please report this with the command line\n${trace}\n`);
  process.stderr.write(`quorate ${args.join(' ')}\n`);
  return ExitStatus.internal;
}
