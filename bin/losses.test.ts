import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { BIN, gossipModule, Workplace } from './testing/spawn-quorate.ts';

// Every test starts the command.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const place = new Workplace();
afterAll(() => place.remove());

/**
 * Takes room for a journal's first lines, and for no recording: what goes beyond fails as it does on
 * a full disk, with a code of its own.
 */
const BLOCKS = 2;

/** The command where no file may be longer than those blocks. */
function cramped(...args: string[]): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
  const env = { ...process.env, NODE_DISABLE_COMPILE_CACHE: '1' };
  return spawnSync('sh', ['-c', `ulimit -f ${BLOCKS} && exec "$0" "$@"`, process.execPath, BIN, ...args], {
    cwd: place.path,
    encoding: 'utf8',
    env,
  });
}

let recording = '';
const swarm = ['swarm', 'gossip.ts', '--seeds', '1..6', '--jobs', '1', '--rerun', '0', '--output', 'lost'] as const;

beforeAll(async () => {
  place.write('gossip.ts', gossipModule({ limit: 150 }));
  recording = (await place.json('run', 'gossip.ts', '--seed', '4')).json['recording'] as string;
});

describe.skipIf(process.platform === 'win32')('what cannot be written', () => {
  test('costs a run its recording, and not its verdict', () => {
    const { status, stdout, stderr } = cramped('run', 'gossip.ts', '--seed', '4', '--output', 'lost', '--json');
    expect(stderr).toBe('quorate: a recording in lost could not be written (EFBIG)\n');
    expect(JSON.parse(stdout)).toMatchObject({ verdict: 'violation', recording: null });
    expect(status).toBe(1);
  });

  test('costs a swarm its recordings and the rest of its journal, and none of its failures', async () => {
    const { status, stdout, stderr } = cramped(...swarm, '--journal', 'journal', '--json');
    expect(stderr).toContain('quorate: a recording in lost could not be written (EFBIG)\n');
    expect(
      stderr.match(/^quorate: a line of journal\/shard-1-of-1\.swarm\.jsonl could not be written \(EFBIG\)$/gm),
    ).toHaveLength(1);
    expect((JSON.parse(stdout) as { readonly failures: readonly unknown[] }).failures).toHaveLength(6);
    expect(status).toBe(1);
    // No line of it is torn: it goes on from what is there.
    expect((await place.json(...swarm, '--journal', 'journal')).json).toMatchObject({ runs: 6, complete: true });
  });

  test.skipIf(!existsSync('/dev/full'))('costs a swarm a report, and that is no clean end', async () => {
    const { status, stdout, stderr } = await place.quorate(
      'swarm',
      'steady',
      '--seeds',
      '1',
      '--rerun',
      '0',
      '--jobs',
      '1',
      '--budget',
      '1ms',
      '--no-shrink',
      '--reporter',
      'default',
      'junit=/dev/full',
    );
    expect(stderr).toContain('quorate: --reporter junit=/dev/full could not be written (ENOSPC)\n');
    expect(stdout).toContain(' failed\n');
    expect(status).toBe(64);
  });

  test('costs shrinking what it found: the same command makes it again, and it does not end as clean', () => {
    const { status, stdout, stderr } = cramped('shrink', recording, '--output', 'lost');
    expect(stderr).toContain('quorate: a recording in lost could not be written (EFBIG)\n');
    expect(stdout.trimEnd().split('\n').at(-1)).toBe(`npx quorate shrink ${recording} --output lost`);
    expect(status).toBe(64);
  });

  test('costs a repetition its recording, and not its verdict', () => {
    const { status, stdout } = cramped('replay', recording, '--output', 'lost', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ verdict: 'violation', recording: null });
    expect(status).toBe(1);
  });

  test('leaves nothing half-written: a test that could not be pinned can be pinned again', async () => {
    expect(cramped('pin', recording, '--output', 'x.test.ts')).toMatchObject({
      status: 64,
      stderr: 'quorate: x.test.ts: cannot be written (EFBIG)\n',
    });
    expect((await place.quorate('pin', recording, '--output', 'x.test.ts')).status).toBe(0);
  });
});
