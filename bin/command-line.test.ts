import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { commands } from './commands/index.ts';
import { BIN, Workplace } from './testing/spawn-quorate.ts';

const place = new Workplace();
afterAll(() => place.remove());

describe('the command', () => {
  test('without arguments shows help, with every command', async () => {
    const { status, stdout, stderr } = await place.quorate();
    expect(status).toBe(0);
    expect(stderr).toBe('');
    for (const { name, summary } of commands) expect(stdout).toMatch(new RegExp(`^  ${name} +${summary.slice(0, 20)}`, 'm'));
  });

  test('knows its version', async () => {
    const { status, stdout } = await place.quorate('--version');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test.each(commands.map(({ name }) => name))('%s has help', async (name) => {
    const { status, stdout, stderr } = await place.quorate(name, '--help');
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout).toContain(`Usage: quorate ${name}`);
    expect(stdout).not.toContain('(default: [])');
    expect(Math.max(...stdout.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(80);
    expect(await place.quorate('help', name)).toMatchObject({ status, stdout, stderr });
  });

  test.each([
    [['rnu'], 'quorate: no command is called "rnu"; did you mean "run"?'],
    [['help', 'rnu'], 'quorate: no command is called "rnu"; did you mean "run"?'],
    [['unheard-of'], 'quorate: no command is called "unheard-of" (quorate --help)'],
    [['--sede'], "quorate: unknown option '--sede' (quorate --help)"],
    [['run', '--sede', '7'], "quorate: unknown option '--sede'; did you mean --seed? (quorate run --help)"],
    [['list'], "quorate: missing required argument 'catalogue' (quorate list --help)"],
    [['run', 'steady', 'more'], 'quorate: too many arguments'],
    [['run', '--seed', 'x7'], 'quorate: --seed x7: a seed is an integer from 0 to 9007199254740991'],
    [['run', '--seed', '-1'], 'quorate: --seed -1: a seed is an integer'],
    [['run', '--seed', '9007199254740992'], 'quorate: --seed 9007199254740992: a seed is an integer'],
    [['run', 'pause-the-laeder'], 'quorate: no scenario is called "pause-the-laeder"; did you mean "pause-the-leader"?'],
    [['run', '--defect', 'no-fencin'], 'quorate: --defect: no defect is called "no-fencin"; did you mean "no-fencing"?'],
    [['run', '--until', '3'], 'quorate: --until 3: should be a time with its unit, such as 2s or 300ms'],
    [['run', 'missing.ts'], 'quorate: missing.ts: there is no such file'],
    [['run', './scenario.txt'], 'quorate: ./scenario.txt: there is no such file'],
    [['run', './'], 'quorate: ./: is a folder; a scenario is a file that ends in .ts'],
    [['run', '--design', '/'], 'quorate: /: is a folder, not a file'],
    [['run', '--design', 'missing.yaml'], 'quorate: missing.yaml: there is no such file'],
    [['run', '--output', '/dev/null/here'], 'quorate: --output /dev/null/here: cannot write there'],
    [['merge', process.execPath], `quorate: ${process.execPath}: is a file; merge takes the folder that the journals lie in`],
    [['seeds', process.execPath], `quorate: ${process.execPath}: is a file; a seed store is a folder`],
    [['swarm', 'steady', '--no-known'], 'quorate: --no-known: says what not to run of a --seed-store'],
    [['replay'], "quorate: missing required argument 'recording'"],
    [['replay', 'missing.quorate.json'], 'quorate: missing.quorate.json: there is no such file'],
    [['list', 'fautls'], 'quorate: no catalogue is called "fautls"; did you mean "faults"?'],
    [['bench', '--events', 'many'], 'quorate: --events many: should be an integer, 10000 or more'],
  ])('%j is refused in one line, with 64', async (args, message) => {
    const { status, stdout, stderr } = await place.quorate(...args);
    expect(stderr.trimEnd().split('\n')).toEqual([expect.stringContaining(message)]);
    expect(stdout).toBe('');
    expect(status).toBe(64);
  });

  test.skipIf(!existsSync('/proc/self')).each(['--journal', '--seed-store'])(
    '%s where no folder can be made is refused, with 64',
    async (option) => {
      const { status, complaints } = await place.quorate('swarm', 'steady', '--seeds', '1', option, '/proc/no/folder');
      expect([status, complaints]).toEqual([64, `quorate: ${option} /proc/no/folder: cannot write there (ENOENT)\n`]);
    },
  );

  describe.skipIf(!existsSync('/dev/full'))('on a full disk', () => {
    const ended = (
      args: readonly string[],
      full: 'stdout' | 'stderr',
    ): { readonly status: number | null; readonly stdout: string | null; readonly stderr: string | null } => {
      const file = openSync('/dev/full', 'w');
      try {
        return spawnSync(process.execPath, [BIN, ...args], {
          cwd: place.path,
          encoding: 'utf8',
          stdio: ['ignore', full === 'stdout' ? file : 'pipe', full === 'stderr' ? file : 'pipe'],
        });
      } finally {
        closeSync(file);
      }
    };

    test.each([[['--help']], [['list', 'faults']], [['run', 'steady', '--until', '100ms', '--json']]])(
      '%j says that its result is lost, and tells no verdict',
      (args) => {
        expect(ended(args, 'stdout')).toMatchObject({
          status: 64,
          stderr: 'quorate: the standard output cannot be written (ENOSPC)\n',
        });
      },
    );

    test('complaints that cannot be written change no status', () => {
      expect(ended(['rnu'], 'stderr').status).toBe(64);
      expect(ended(['run', '--bad'], 'stderr').status).toBe(64);
      expect(ended(['list', 'faults'], 'stderr')).toMatchObject({
        status: 0,
        stdout: expect.stringContaining('crash') as string,
      });
    });
  });

  test('starts quickly', async () => {
    await place.quorate('--help');
    const began = performance.now();
    await place.quorate('--help');
    // The bound is 0.2 s on a quiet machine; tests share theirs.
    expect(performance.now() - began).toBeLessThan(1_000);
  });
});
