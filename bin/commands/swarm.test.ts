import { afterAll, describe, expect, test } from 'vitest';
import { gossipModule, quorate, Workplace } from '../testing/spawn-quorate.ts';

const place = new Workplace();
afterAll(() => place.remove());

describe('swarm', () => {
  test('of the healthy platform finds nothing, repeats itself in another process, and tells what scripts rely on', async () => {
    const { json, status } = await place.json('swarm', '--seeds', '1..4', '--jobs', '1', '--rerun', '100');
    expect(json).toMatchObject({
      seeds: '1..4',
      runs: 4,
      ok: 4,
      undecided: 0,
      complete: true,
      failures: [],
      nondeterministic: [],
      rerun: 4,
    });
    const { hit, missed } = json['sometimes'] as { hit: string[]; missed: string[] };
    expect(hit.length).toBeGreaterThan(0);
    expect(hit.length + missed.length).toBeGreaterThanOrEqual(10);
    for (const field of ['events', 'eventsPerSecond', 'seedsPerSecond', 'wallMs']) expect(json[field]).toBeGreaterThan(0);
    expect(status).toBe(0);
    expect(place.has('recordings')).toBe(false);
  });

  test('repeats of every scenario on every seed the share of runs that was asked for', async () => {
    const asked = ['swarm', 'pause-the-leader', 'restart-leaders', 'slow-disks', '--every', '--jobs', '1'];
    const { json, status } = await place.json(...asked, '--seeds', '1..2', '--rerun', '50');
    expect(json).toMatchObject({ runs: 6, rerun: 3, nondeterministic: [] });
    expect(status).toBe(0);
  });

  test('gives nothing up that takes steps, however long it takes, nor when it is repeated', async () => {
    const file = place.write('long.ts', gossipModule({ limit: 1e15 }).replace('endUs: seconds(2)', 'endUs: seconds(24_000)'));
    const { json, status } = await place.json('swarm', file, '--seeds', '1..1', '--rerun', '100', '--timeout', '4s');
    expect(json).toMatchObject({ runs: 1, ok: 1, failures: [], nondeterministic: [] });
    expect(status).toBe(0);
    expect(json['wallMs']).toBeGreaterThan(8_000);
  });

  test('lists each failure with its recording and a command that shows it again', async () => {
    const { json, status } = await place.json(
      'swarm',
      'crash-after-external-call',
      '--seeds',
      '1..6',
      '--jobs',
      '2',
      '--defect',
      'fresh-operation-ids',
    );
    expect(status).toBe(1);
    const failures = json['failures'] as { seed: number; property: string; drawn: string[]; recording: string; repro: string }[];
    for (const { drawn } of failures)
      expect(drawn).toEqual(expect.arrayContaining([expect.stringMatching(/^faults: \d+ until /)]));
    expect(failures.map(({ property }) => property)).toContain('platform/safe-replay');
    const [first] = failures;
    if (first === undefined) throw new Error('no failure');
    expect(place.has(first.recording)).toBe(true);
    const again = await quorate([...first.repro.split(' ').slice(2), '--json'], { cwd: place.path });
    expect(again.status).toBe(1);
    expect((JSON.parse(again.stdout) as { violation: { property: string } }).violation.property).toBe(first.property);
    expect(await place.json('replay', first.recording, '--verify')).toMatchObject({ status: 0, json: { identical: true } });
  });

  test('stops at --bail failures, and its last line reproduces one', async () => {
    const file = place.write('loud.ts', gossipModule({ limit: 20 }));
    const { status, stdout } = await place.quorate('swarm', file, '--seeds', '1..200', '--jobs', '1', '--bail', '1');
    expect(status).toBe(1);
    expect(stdout).toContain('1 run (ended early): 0 ok, 1 failed\n');
    expect(stdout.trimEnd().split('\n').at(-1)).toMatch(/^ {2}npx quorate run loud\.ts --seed \d+ --swarm$/);
  });

  test('reports a run that differs in another process as nondeterminism: 3', async () => {
    const file = place.write(
      'leaky.ts',
      gossipModule({ atTop: "import { pid } from 'node:process';", onRumour: 'heard += pid % 1_000;' }),
    );
    const { json, status } = await place.json('swarm', file, '--seeds', '1..2', '--jobs', '1', '--rerun', '100');
    expect(status).toBe(3);
    expect(json['nondeterministic']).toMatchObject([
      { scenario: 'gossip', seed: 1 },
      { scenario: 'gossip', seed: 2 },
    ]);
  });

  test.each([
    ['throws when it is loaded', { atTop: "throw new Error('my mistake');" }, 1, /my mistake/],
    ['loops when it is loaded', { atTop: 'for (;;);' }, 1, /took no step for 1 s/],
    ['loops in a process', { onRumour: 'if (heard > 3) for (;;);' }, 2, /took no step for 1 s/],
    ['ends the process', { onRumour: 'process.exit(0);' }, 2, /ended its thread/],
  ])("of a user's file that %s ends, with a seed to reproduce it: 1", async (name, options, failures, message) => {
    const file = place.write(`bad-${name.length}.ts`, gossipModule(options));
    const { json, status, complaints } = await place.json(
      'swarm',
      file,
      '--seeds',
      '3..4',
      '--jobs',
      '2',
      '--rerun',
      '0',
      '--timeout',
      name.startsWith('loops') ? '1s' : '30s',
    );
    expect(complaints).toBe('');
    expect(json['failures']).toHaveLength(failures);
    const [first] = json['failures'] as { message: string }[];
    expect(first).toMatchObject({ seed: 3, verdict: 'crashed', repro: `npx quorate run ${file} --seed 3 --swarm` });
    expect(first?.message).toMatch(message);
    expect(status).toBe(1);
  });

  test("does not let a user's file spoil the JSON document", async () => {
    const file = place.write('talks.ts', gossipModule({ atTop: "console.log('hello');" }));
    const { json, stderr } = await place.json('swarm', file, '--seeds', '1..1', '--jobs', '1', '--rerun', '100');
    expect(json).toMatchObject({ runs: 1, ok: 1, rerun: 1 });
    expect(stderr).toContain('hello');
  });

  test('that is interrupted together with the process that repeats its runs ends in order: 130', async () => {
    const file = place.write('repeats.ts', gossipModule({ atTop: "console.error('loaded');" }));
    let interrupted = false;
    const { status, stdout, stderr } = await quorate(
      ['swarm', file, '--seeds', '1..5000', '--jobs', '1', '--rerun', '100', '--json'],
      {
        cwd: place.path,
        onStderr: (text, kill) => {
          // Once to see whether it loads, once in the worker, once in the other process.
          if (text.split('loaded').length <= 3 || interrupted) return;
          interrupted = true;
          kill('SIGINT');
        },
      },
    );
    // On a slow machine it has told its progress meanwhile.
    expect(stderr.replace(/^(?:loaded|swarm .*)\n/gm, '')).toBe('');
    expect(JSON.parse(stdout)).toMatchObject({ complete: false, failures: [] });
    expect(status).toBe(130);
  });

  test('that is interrupted says what it has: 130', async () => {
    const file = place.write(
      'hangs.ts',
      gossipModule({ atTop: "console.error('loaded');", onRumour: 'if (heard > 3) for (;;);' }),
    );
    let loaded = 0;
    const { status, stdout } = await quorate(['swarm', file, '--seeds', '1..9', '--jobs', '1', '--json'], {
      cwd: place.path,
      onStderr: (text, kill) => {
        // Once to see whether it loads, once in the worker.
        if (text.split('loaded').length > 2 && loaded++ === 0) kill('SIGINT');
      },
    });
    expect(JSON.parse(stdout)).toMatchObject({ runs: 0, complete: false });
    expect(status).toBe(130);
  });

  test('that is interrupted keeps every run that is over: 130', async () => {
    const hang = "if (world.seed === 3 && heard > 3) { console.error('hangs'); for (;;); }";
    const file = place.write('third.ts', gossipModule({ onRumour: hang }));
    let interrupted = false;
    const { status, stdout } = await quorate(
      ['swarm', file, '--seeds', '1..9', '--jobs', '1', '--rerun', '0', '--journal', 'third', '--json'],
      {
        cwd: place.path,
        onStderr: (text, kill) => {
          if (interrupted || !text.includes('hangs')) return;
          interrupted = true;
          kill('SIGINT');
        },
      },
    );
    expect(JSON.parse(stdout)).toMatchObject({ runs: 2, ok: 2, complete: false });
    expect(status).toBe(130);
    const journal = place.read('third/shard-1-of-1.swarm.jsonl').split('\n');
    expect(journal.filter((line) => line.includes('"digest"'))).toHaveLength(2);
  });

  test('knows of which files a module is made, whichever of its runs has failed', async () => {
    place.write('helper.ts', 'export const helper = 1;\n');
    const file = place.write('helped.ts', gossipModule({ limit: 20, atTop: "import './helper.ts';" }));
    const { json } = await place.json('swarm', file, '--seeds', '1..6', '--jobs', '1', '--rerun', '0');
    const recording = (json['failures'] as { readonly recording: string }[]).at(-1)?.recording as string;
    expect((await place.json('replay', recording, '--verify')).json).toMatchObject({ identical: true });
  });

  test('fails when a required probe is never seen: 5', async () => {
    const { status, stdout } = await place.quorate(
      'swarm',
      'steady',
      '--seeds',
      '1..1',
      '--jobs',
      '1',
      '--rerun',
      '0',
      '--require',
      'platform/workload-moved',
    );
    expect(status).toBe(5);
    expect(stdout).toContain('REQUIRED, NEVER SEEN  platform/workload-moved');
  });

  test('with --brief prints a row for every scenario and a column for every invariant', async () => {
    const { status, stdout } = await place.quorate(
      'swarm',
      'steady',
      'quorum-loss',
      '--brief',
      '--seeds',
      '1..1',
      '--jobs',
      '1',
      '--rerun',
      '0',
    );
    expect(status).toBe(0);
    const [head, rule, ...rows] = stdout.split('\n');
    expect(head).toBe(
      'fault        runs  single active  no lost write  ordered  no stale effect  safe replay  quorum loss  other',
    );
    expect(rule).toMatch(/^─+/);
    expect(rows[0]).toMatch(/^steady +1 {2}ok +ok +ok +ok +ok +ok +ok$/);
    expect(rows[1]).toMatch(/^quorum-loss +1 {2}ok +ok +ok +ok +ok +ok\* +ok$/);
  });

  test('of one scenario named twice runs it once; of two scenarios with one name it is refused: 64', async () => {
    expect(
      (await place.json('swarm', 'steady', 'steady', '--every', '--seeds', '1..1', '--jobs', '1', '--rerun', '0')).json,
    ).toMatchObject({ runs: 1, complete: true });
    for (const name of ['one.yaml', 'other.yaml']) place.write(name, 'name: same\nhealAt: 1s\nend: 5s\n');
    const { status, stderr } = await place.quorate('swarm', './one.yaml', 'other.yaml', '--seeds', '1..2');
    expect(stderr).toBe(
      'quorate: ./one.yaml and other.yaml: the scenarios of both are called "same": give one of them another name\n',
    );
    expect(status).toBe(64);
  });

  test('that is refused leaves the report of the one before, and no empty one', async () => {
    place.write('report.json', 'old');
    const { status } = await place.quorate(
      'swarm',
      'steady',
      '--seeds',
      '1',
      '--reporter',
      'json=report.json',
      'dot=dots',
      '--require',
      'nosuch',
    );
    expect(status).toBe(64);
    expect([place.read('report.json'), place.has('dots')]).toEqual(['old', false]);
  });

  test('of a scenario whose first world cannot be built is refused in one line, before any seed is run: 64', async () => {
    const fault = "faults: [{ at: 1, do: 'pause', target: 'role:boss' }],";
    const { status, stdout, stderr } = await place.quorate(
      'swarm',
      place.write('nobody.ts', gossipModule({ extra: fault })),
      '--seeds',
      '1..4',
    );
    expect(stderr).toBe('quorate: nobody.ts: faults[0] (pause): no role is called "boss"\n');
    expect(stdout).toBe('');
    expect(status).toBe(64);
  });

  test('of a file that is no scenario is refused in one line: 64', async () => {
    const { status, stdout, stderr } = await place.quorate(
      'swarm',
      place.write('none.ts', 'export const a = 1;\n'),
      '--seeds',
      '1..3',
    );
    expect(stderr).toMatch(/^quorate: none\.ts: its default export is not a scenario.*\n$/);
    expect(stdout).toBe('');
    expect(status).toBe(64);
  });

  test.each([
    [['--seeds', '9..1'], '--seeds 9..1: the range ends before it begins'],
    [['nothing.ts'], 'quorate: nothing.ts: there is no such file'],
    [['--seeds', '1..'], '--seeds 1..: should be a range such as 1..5000'],
    [['--jobs', '100000'], '--jobs 100000: at most 64'],
    [['--seeds', '1..x'], '--seeds x: a seed is an integer'],
    [['--seeds', '1..4', '--shard', '5/4'], '--shard 5/4: should be i/n'],
    [['--seeds', '1..2', '--shard', '1/3'], '--shard 1/3: there are only 2 seeds'],
    [['stedy'], 'did you mean "steady"?'],
    [['--require', 'platform/nothing'], '--require: no probe is called "platform/nothing"'],
    [['--rerun', '200'], '--rerun 200: at most 100 per cent'],
  ])('%j is refused in one line: 64', async (args, words) => {
    const { status, stdout, stderr } = await place.quorate('swarm', ...args);
    expect(status).toBe(64);
    expect(stdout).toBe('');
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(stderr).toContain(words);
  });
});
