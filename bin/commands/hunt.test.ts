import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { afterAll, describe, expect, test } from 'vitest';
import { CANARY } from '../../scenarios/hunt/hunting-grounds.ts';
import { BIN, Workplace } from '../testing/spawn-quorate.ts';

const place = new Workplace();
afterAll(() => place.remove());

const small = ['hunt', CANARY, '--seeds', '1..40', '--trials', '2', '--cap', '60s', '--jobs', '1'] as const;

describe('hunt', () => {
  test('finds the canary in every trial, spares the healthy platform, and knows all of it again from its journal', async () => {
    const { json, status } = await place.json(...small, '--resume', 'hunt.jsonl');
    expect(status).toBe(0);
    expect(json).toMatchObject({
      defects: [{ id: CANARY, property: 'raft/commit-monotonic', found: 2, trials: 2, seedsToFind: {}, cpuSeconds: {} }],
      healthyFailures: 0,
      complete: true,
      canary: { id: CANARY, found: true },
    });
    const journal = place.read('hunt.jsonl');
    const [row] = json['defects'] as {
      readonly finds: readonly { readonly scenario: string; readonly seed: number; readonly repro: string }[];
    }[];
    const [find] = row?.finds ?? [];
    expect(find?.repro).toBe(`npx quorate run ${find?.scenario} --seed ${find?.seed} --swarm --defect ${CANARY}`);

    place.write('hunt.jsonl', `${journal}{"defect":"torn`);
    const again = await place.json(...small, '--resume', 'hunt.jsonl');
    expect(again.json['defects']).toEqual(json['defects']);
    expect(place.read('hunt.jsonl')).toBe(journal);

    const { stdout } = await place.quorate(...small, '--resume', 'hunt.jsonl');
    expect(stdout).toMatch(new RegExp(`^defect +found +seeds +CPU s +seen by\n${CANARY} +2/2 `));
    expect(stdout).toContain('1 defect: 1 found in every trial (100 %), 0 in none');
    expect(stdout.trimEnd().split('\n').at(-1)).toBe(find?.repro);
  });

  test('a hunt that misses its canary has failed itself, and says so', async () => {
    place.write('blind.jsonl', place.read('hunt.jsonl').replace(/("defect":"[^"]*","trial":1,.*"find":).*\n/, '$1null}\n'));
    const { status, stdout } = await place.quorate(...small, '--resume', 'blind.jsonl');
    expect(status).toBe(70);
    expect(stdout).toContain(`THE CANARY WAS MISSED  ${CANARY}`);
  });

  test('a failure of the healthy platform is what a hunt fails at', async () => {
    const failure = {
      scenario: 'steady',
      seed: 1,
      verdict: 'stalled',
      property: 'platform/converges',
      message: 'web waits',
      recording: null,
      repro: 'npx quorate run steady --seed 1 --swarm',
    };
    place.write('unwell.jsonl', place.read('hunt.jsonl').replace('"failures":[]', `"failures":[${JSON.stringify(failure)}]`));
    const { status, stdout } = await place.quorate(...small, '--resume', 'unwell.jsonl');
    expect(status).toBe(2);
    expect(stdout).toContain(
      'STALLED  the healthy platform in steady, seed 1: platform/converges\n  web waits\n  npx quorate run steady --seed 1 --swarm',
    );
    expect((await place.json(...small, '--resume', 'unwell.jsonl')).json['healthyFailures']).toBe(1);
  });

  test('what was found before an interrupt is kept and told', async () => {
    const { quorate } = await import('../testing/spawn-quorate.ts');
    const args = [
      'hunt',
      CANARY,
      'lease-without-margin',
      '--seeds',
      '1..400',
      '--trials',
      '2',
      '--jobs',
      '1',
      '--resume',
      'cut.jsonl',
      '--json',
    ];
    const { status, stdout } = await quorate(args, {
      cwd: place.path,
      interruptWhen: () => place.has('cut.jsonl') && place.read('cut.jsonl').includes('"trial":1'),
    });
    expect(status).toBe(130);
    expect(JSON.parse(stdout)).toMatchObject({ complete: false, defects: [{ id: CANARY, found: 1, trials: 1 }] });
  });

  test.skipIf(!existsSync('/proc/self/task'))('an interrupt while its processes begin is no failure of its own', async () => {
    const child = spawn(process.execPath, [BIN, 'hunt', CANARY, '--jobs', '16'], {
      cwd: place.path,
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const pid = child.pid as number;
    let stderr = '';
    child.stderr.on('data', (text: Buffer) => void (stderr += text.toString()));
    const ended = once(child, 'exit');
    while (readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8') === '') await setTimeout(1);
    process.kill(-pid, 'SIGINT');
    expect([await ended, stderr]).toEqual([[130, null], '']);
  });

  test.each([
    [['hunt', 'commit-not-monotonik'], /^quorate: no defect is called "commit-not-monotonik".* \(quorate list defects\)\n$/],
    [['hunt', '--seeds', '1..3'], /^quorate: --seeds 1..3: fewer seeds than trials \(5\)\n$/],
    [['hunt', '--seeds', '1..9007199254740991', '--trials', '99999999'], /^quorate: --trials 99999999: at most 1000\n$/],
    [
      ['hunt', '--seeds', '1..9007199254740991', '--healthy', '9007199254740991'],
      /^quorate: --healthy 9007199254740991: at most 1000000\n$/,
    ],
    [['hunt', '--cap', '12'], /^quorate: --cap 12: should be a time with its unit/],
    [['hunt', '--strategy', 'rando'], /^quorate: --strategy: .*random/],
    [
      [...small, '--trials', '3', '--resume', 'hunt.jsonl'],
      /^quorate: --resume hunt.jsonl: it is of another hunt \(trials 2, not 3\)/,
    ],
    [[...small, '--resume', 'foreign'], /^quorate: foreign:1: not a line of a hunt's journal/],
  ])('%j is refused in one line', async (args, line) => {
    place.write('foreign', 'not json\n');
    const { status, stderr } = await place.quorate(...args);
    expect(stderr).toMatch(line);
    expect(status).toBe(64);
  });
});
