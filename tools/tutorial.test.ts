/**
 * What docs/tutorial.md says is done here, word for word: its files are written, its commands are run, and what
 * they show is compared. `UPDATE_TUTORIAL=1 npx vitest run tools/tutorial` writes what they show into it. Needs a
 * build, and tmux for the terminal UI.
 */
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { env, execPath } from 'node:process';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const example = join(root, 'examples', 'my-controller');
const tutorial = join(root, 'docs', 'tutorial.md');
/** Many times what it takes: it may have to share its machine. */
const PATIENCE_MS = 600_000;
const updates = env['UPDATE_TUTORIAL'] === '1';

const place = mkdtempSync(join(tmpdir(), 'quorate-tutorial-'));
afterAll(() => rmSync(place, { recursive: true, force: true }));

interface Block {
  readonly language: string;
  /** The file that it is about. */
  readonly file: string;
  readonly lines: readonly string[];
}

const FENCE = /^```(ts|diff|console|tui)(?: (\S+))?\n([\s\S]*?)^```$/gm;

function blocksOf(text: string): readonly Block[] {
  return [...text.matchAll(FENCE)].map(([, language = '', file = '', body = '']) => ({
    language,
    file,
    lines: body.split('\n').slice(0, -1),
  }));
}

/** The package as `npm install` would leave it, with this checkout as `quorate`. */
function install(): void {
  for (const name of readdirSync(example)) cpSync(join(example, name), join(place, name), { recursive: true });
  mkdirSync(join(place, 'node_modules', '.bin'), { recursive: true });
  symlinkSync(root, join(place, 'node_modules', 'quorate'));
  for (const name of ['vitest', 'typescript']) symlinkSync(join(root, 'node_modules', name), join(place, 'node_modules', name));
  symlinkSync(join(root, 'dist', 'bin', 'quorate.js'), join(place, 'node_modules', '.bin', 'quorate'));
  symlinkSync(join(root, 'node_modules', '.bin', 'vitest'), join(place, 'node_modules', '.bin', 'vitest'));
}

const environment = {
  ...env,
  NO_COLOR: '1',
  FORCE_COLOR: undefined,
  PATH: `${join(place, 'node_modules', '.bin')}${delimiter}${dirname(execPath)}${delimiter}${env['PATH'] ?? ''}`,
};

/** As a person would see it, without progress. */
function run(command: string): Promise<string> {
  const child = spawn('sh', ['-c', command.replace(/^npx /, '')], {
    cwd: place,
    env: environment,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let shown = '';
  child.stdout.on('data', (text: Buffer) => void (shown += text.toString()));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', () => resolve(shown.replaceAll(place, '.').replace(/ +$/gm, '').trim()));
  });
}

/** Times, counts and digests are those of a machine and a version; what remains is what is told of them. */
function masked(shown: readonly string[]): ReadonlySet<string> {
  return new Set(
    shown
      .map((line) =>
        line
          .replace(/[0-9a-f]{16}|-[0-9a-f]{6}(?=\.)/g, '#')
          .replace(/\d[\d.,:]*/g, '0')
          .trim(),
      )
      .filter((line) => line !== ''),
  );
}

const RECORDING = /recordings\/\S+\.quorate\.json/;
const SEED = /--seed \d+/;
const FAILURE = /^VIOLATION .* seed (\d+):/m;

/** What the commands are about: it is found anew each time, for another version of the platform fails in other seeds. */
interface Subject {
  readonly said: string;
  /** The first seed that failed; empty before. */
  seed: string;
  /** The recording that was made last: of that seed, then a smaller one. */
  recording: string;
}

/** Does what the tutorial says; gives what it should say. */
async function follow(text: string): Promise<string> {
  let result = text;
  const subject: Subject = { said: SEED.exec(text)?.[0] ?? '', seed: '', recording: '' };
  for (const { language, file, lines } of blocksOf(text)) {
    if (language === 'ts') writeFileSync(join(place, file), `${lines.join('\n')}\n`);
    else if (language === 'diff') amend(file, lines);
    else result = result.replace(lines.join('\n'), (await enter(lines, language, subject)).join('\n'));
  }
  return result;
}

/** The commands of a block, and what they show. */
async function enter(lines: readonly string[], language: string, subject: Subject): Promise<readonly string[]> {
  const written: string[] = [];
  for (const said of lines.filter((line) => line.startsWith('$ '))) {
    const command = current(said, subject);
    const shown = language === 'tui' ? await look(command.slice(2)) : await run(command.slice(2));
    if (subject.seed === '') subject.seed = FAILURE.exec(shown)?.[1] ?? '';
    subject.recording = RECORDING.exec(shown)?.[0] ?? subject.recording;
    if (written.length > 0) written.push('');
    written.push(updates ? command : said, ...(shown === '' ? [] : shown.split('\n')));
  }
  return written;
}

/** The command for the seed that fails now. The generator's scenario has a seed of its own. */
function current(command: string, { said, seed, recording }: Subject): string {
  const itsSeed = command.includes('async-scenario') && seed !== '' ? command.replace(said, `--seed ${seed}`) : command;
  return itsSeed.replace(RECORDING, recording);
}

function amend(file: string, lines: readonly string[]): void {
  const path = join(place, file);
  const part = (sign: string): string =>
    lines
      .filter((line) => line.startsWith(sign))
      .map((line) => line.slice(1))
      .join('\n');
  const before = readFileSync(path, 'utf8');
  expect(before).toContain(part('-'));
  writeFileSync(
    path,
    before.replace(part('-'), () => part('+')),
  );
}

/** Starts the terminal UI, goes to the violation, and waits until that is on the screen, which is not written down. */
async function look(command: string): Promise<string> {
  const tmux = (...args: readonly string[]): string =>
    spawnSync('tmux', ['-L', `tutorial-${process.pid}`, ...args], { encoding: 'utf8', cwd: place, env: environment }).stdout;
  tmux('-f', '/dev/null', 'new-session', '-d', '-x', '120', '-y', '40', command.replace(/^npx /, ''));
  try {
    let screen = '';
    for (const untilMs = performance.now() + PATIENCE_MS / 3; performance.now() < untilMs; await setTimeout(500)) {
      screen = tmux('capture-pane', '-p');
      if (/^►.*✗/m.test(screen) && screen.includes('never-goes-back')) return '';
      if (screen.includes('at event')) tmux('send-keys', 'v');
    }
    throw new Error(`the violation did not come:\n${screen}`);
  } finally {
    tmux('kill-server');
  }
}

test('the tutorial shows what there is to see, and ends with the example as it stands', { timeout: PATIENCE_MS }, async () => {
  const text = readFileSync(tutorial, 'utf8');
  install();
  const shown = await follow(text);
  if (updates) writeFileSync(tutorial, shown);
  const [said, found] = [blocksOf(updates ? shown : text), blocksOf(shown)];
  for (const [position, block] of said.entries()) {
    if (block.language === 'console') expect(masked(found[position]?.lines ?? [])).toEqual(masked(block.lines));
    if (block.file !== '')
      expect(readFileSync(join(place, block.file), 'utf8')).toBe(readFileSync(join(example, block.file), 'utf8'));
  }
});
