// What docs/tutorial.md says is done here, word for word: its files are written, its commands are run, and what they show is compared.
// `UPDATE_TUTORIAL=1 npx vitest run tools/tutorial` writes what they show into it. Needs a build, and tmux for the terminal UI.
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
const PATIENCE_MS = 900_000;
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
  return [...text.matchAll(FENCE)].map(([, language = '', file = '', body = '']) => ({ language, file, lines: body.split('\n').slice(0, -1) }));
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

const environment = { ...env, NO_COLOR: '1', FORCE_COLOR: undefined, PATH: `${join(place, 'node_modules', '.bin')}${delimiter}${dirname(execPath)}${delimiter}${env['PATH'] ?? ''}` };

/** As a person would see it, without progress. */
function run(command: string): Promise<string> {
  const child = spawn('sh', ['-c', command.replace(/^npx /, '')], { cwd: place, env: environment, stdio: ['ignore', 'pipe', 'ignore'] });
  let shown = '';
  child.stdout.on('data', (text: Buffer) => void (shown += text.toString()));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', () => resolve(shown.replaceAll(place, '.').replace(/ +$/gm, '').trim()));
  });
}

/** Times, counts and digests are those of a machine and a version; what remains is what is told of them. */
function masked(shown: readonly string[]): ReadonlySet<string> {
  return new Set(shown.map((line) => line.replace(/[0-9a-f]{16}|-[0-9a-f]{6}(?=\.)/g, '#').replace(/\d[\d.,:]*/g, '0').replace(/\bnever: .*/, 'never: …').trim()).filter((line) => line !== ''));
}

const RECORDING = /recordings\/\S+\.quorate\.json/;

/** Does what the tutorial says; gives what it should say. */
async function follow(text: string): Promise<string> {
  let result = text;
  /** The seed and the recording that it speaks of, and those that there are now. */
  const known = { seed: /--seed (\d+)/.exec(text)?.[1] ?? '', found: '', recording: '' };
  for (const { language, file, lines } of blocksOf(text)) {
    if (language === 'ts') writeFileSync(join(place, file), `${lines.join('\n')}\n`);
    else if (language === 'diff') amend(file, lines);
    else if (language === 'tui') await look(current(lines[0] ?? '', known));
    else {
      const written: string[] = [];
      for (const command of lines.filter((line) => line.startsWith('$ '))) {
        const shown = await run(current(command, known).slice(2));
        if (known.found === '') {
          known.found = /^(?:VIOLATION|STALLED) .* seed (\d+):/m.exec(shown)?.[1] ?? '';
          known.recording = new RegExp(`recordings/(\\S+-${known.found}-\\S+)`).exec(shown)?.[1] ?? '';
        }
        written.push(updates ? current(command, known) : command, ...shown.split('\n'), '');
      }
      result = result.replace(lines.join('\n'), () => written.slice(0, -1).join('\n'));
    }
  }
  return updates ? result.replaceAll(`async-scenario.ts --seed ${known.seed}`, `async-scenario.ts --seed ${known.found}`).replaceAll(`SEED=${known.seed} `, `SEED=${known.found} `) : result;
}

/** The command for the seed that fails now. The generator's scenario has a seed of its own. */
function current(command: string, { seed, found, recording }: { readonly seed: string; readonly found: string; readonly recording: string }): string {
  if (!command.includes('async-scenario') && !RECORDING.test(command)) return command;
  return found === '' ? command : command.replace(`--seed ${seed}`, `--seed ${found}`).replace(RECORDING, `recordings/${recording}`);
}

function amend(file: string, lines: readonly string[]): void {
  const path = join(place, file);
  const part = (sign: string): string => lines.filter((line) => line.startsWith(sign)).map((line) => line.slice(1)).join('\n');
  const before = readFileSync(path, 'utf8');
  expect(before).toContain(part('-'));
  writeFileSync(path, before.replace(part('-'), () => part('+')));
}

/** Starts the terminal UI, goes to the violation, and waits until that is on the screen. */
async function look(command: string): Promise<void> {
  const tmux = (...args: readonly string[]): string => spawnSync('tmux', ['-L', `tutorial-${process.pid}`, ...args], { encoding: 'utf8', cwd: place, env: environment }).stdout;
  tmux('-f', '/dev/null', 'new-session', '-d', '-x', '120', '-y', '40', command.slice(2).replace(/^npx /, ''));
  try {
    let screen = '';
    for (const untilMs = performance.now() + PATIENCE_MS / 3; performance.now() < untilMs; await setTimeout(500)) {
      screen = tmux('capture-pane', '-p');
      if (/^►.*✗/m.test(screen) && screen.includes('never-goes-back')) return;
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
    if (block.file !== '') expect(readFileSync(join(place, block.file), 'utf8')).toBe(readFileSync(join(example, block.file), 'utf8'));
  }
});
