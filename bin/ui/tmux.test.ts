import { execFileSync, spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';

/** The real command in a real terminal. Needs tmux: a terminal UI that nobody has seen in a terminal is not tested. */
const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
/** Each test has a server of its own: one that is just ending would take the next one's session with it. */
let server = '';
let servers = 0;
const command = `"${process.execPath}" bin/quorate.ts step bin/ui/testing/ping-pong-scenario.ts --seed 7`;
const SECONDS_MAX = 20;

function tmux(...args: readonly string[]): string {
  return execFileSync('tmux', ['-L', server, ...args], { encoding: 'utf8' });
}

function screen(): string {
  return tmux('capture-pane', '-p');
}

function press(...keys: readonly string[]): void {
  tmux('send-keys', '--', ...keys);
}

/** Waits until the screen is as wanted and stands still (a frame may be half written), and returns it. */
async function shows(wanted: (text: string) => boolean): Promise<string> {
  let text = '';
  for (const untilMs = performance.now() + SECONDS_MAX * 1_000; performance.now() < untilMs; await setTimeout(60)) {
    const before = text;
    text = screen();
    if (text === before && wanted(text)) return text;
  }
  throw new Error(`this is not what was waited for:\n${text}`);
}

function start(environment: string, shown = command): void {
  tmux(
    '-f',
    '/dev/null',
    'new-session',
    '-d',
    '-x',
    '120',
    '-y',
    '40',
    '-c',
    root,
    `${environment} ${shown}; echo "exit status $?"; sleep 60`,
  );
}

beforeEach(() => {
  server = `quorate-${process.pid}-${++servers}`;
  if (spawnSync('tmux', ['-V']).error !== undefined) throw new Error('this test needs tmux: apt-get install tmux');
});

afterEach(() => {
  spawnSync('tmux', ['-L', server, 'kill-server']);
});

test('start, ten events forward, ten back, the violation, help, quit', async () => {
  start('env -u NO_COLOR');
  const first = await shows((text) => text.includes('event 0/') && text.includes('✗ ring/one-answer-per-ping at event'));
  for (let i = 0; i < 10; i++) press('l');
  const tenth = await shows((text) => text.includes('event 10/'));
  expect(tenth).not.toBe(first);
  for (let i = 0; i < 10; i++) press('Left');
  const back = await shows((text) => text.includes('event 0/'));
  expect(back).toBe(first);

  press('2', '0', 'l');
  await shows((text) => text.includes('event 20/'));
  press('v');
  const broken = await shows((text) => /^► +\d+ .*✗ pong/m.test(text));
  expect(broken).toContain('violated: n2 answered');
  press('?');
  await shows((text) => text.includes('Through causes') && text.includes('the event that gave rise to this one'));
  press('q');
  await shows((text) => text.includes('1 timeline'));
  press('q');
  await shows((text) => text.includes('exit status 0') && !text.includes('timeline'));
});

test('it survives every size, and ^C ends it with 130', async () => {
  start('env -u NO_COLOR');
  await shows((text) => text.includes('event 0/'));
  press('v');
  for (const [columns, rows] of [
    [80, 24],
    [61, 17],
    [40, 10],
    [7, 2],
    [200, 60],
    [100, 30],
  ]) {
    tmux('resize-window', '-x', String(columns), '-y', String(rows));
    await setTimeout(120);
  }
  await shows((text) => text.includes('violated: n2 answered'));
  press('C-c');
  await shows((text) => text.includes('exit status 130'));
});

test('with NO_COLOR there is no colour, and CI does not blind it', async () => {
  start('env NO_COLOR=1 CI=true');
  await shows((text) => text.includes('event 0/'));
  press('v');
  await shows((text) => text.includes('violated: n2 answered'));
  // oxlint-disable-next-line no-control-regex -- looks for colours
  expect(tmux('capture-pane', '-p', '-e')).not.toMatch(/\u001b\[(?:\d+;)*(?:3[0-7]|9[0-7])m/);
  press('y');
  await shows((text) => /quorate step .*--at \d+/.test(text));
  press('x', 'q');
  await shows((text) => text.includes('exit status 0') && /quorate step .*--at \d+/.test(text));
});

test('without a terminal it prints the timeline, and says why on stderr', () => {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ['bin/quorate.ts', 'step', 'bin/ui/testing/ping-pong-scenario.ts', '--seed', '7'],
    {
      cwd: root,
      encoding: 'utf8',
    },
  );
  expect(status).toBe(0);
  expect(stderr).toContain('quorate: this is no terminal: printing the timeline');
  expect(stdout).toMatch(/^ping-pong, seed 7: \d+ events\n/);
  expect(stdout).toMatch(/\nviolation: ring\/one-answer-per-ping: n2 answered \d+ twice\ndigest [\da-f]{16}\n$/);
});
