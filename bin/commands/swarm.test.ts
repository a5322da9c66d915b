import { afterAll, describe, expect, test } from 'vitest';
import { gossipModule, quorate, Workplace } from '../testing/spawn-quorate.ts';

const place = new Workplace();
afterAll(() => place.remove());

describe('swarm', () => {
  test('of the healthy platform finds nothing, repeats itself in another process, and tells what design §5 promises', async () => {
    const { json, status } = await place.json('swarm', '--seeds', '1..4', '--jobs', '1', '--rerun', '100');
    expect(json).toMatchObject({ seeds: '1..4', runs: 4, ok: 4, undecided: 0, complete: true, failures: [], nondeterministic: [], rerun: 4 });
    const { hit, missed } = json['sometimes'] as { hit: string[]; missed: string[] };
    expect(hit.length).toBeGreaterThan(0);
    expect(hit.length + missed.length).toBeGreaterThanOrEqual(10);
    for (const field of ['events', 'eventsPerSecond', 'seedsPerSecond', 'wallMs']) expect(json[field]).toBeGreaterThan(0);
    expect(status).toBe(0);
    expect(place.has('recordings')).toBe(false);
  });

  test('lists each failure with its recording and a command that shows it again', async () => {
    const { json, status } = await place.json('swarm', 'crash-after-external-call', '--seeds', '1..6', '--jobs', '2', '--defect', 'fresh-operation-ids');
    expect(status).toBe(1);
    const failures = json['failures'] as { seed: number; property: string; recording: string; repro: string }[];
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
    expect(stdout).toContain('ended early');
    expect(stdout.trimEnd().split('\n').at(-1)).toMatch(/^ {2}npx quorate run loud\.ts --seed \d+ --swarm$/);
  });

  test('reports a run that differs in another process as nondeterminism: 3', async () => {
    const file = place.write('leaky.ts', gossipModule({ atTop: "import { pid } from 'node:process';", onRumour: 'heard += pid % 1_000;' }));
    const { json, status } = await place.json('swarm', file, '--seeds', '1..2', '--jobs', '1', '--rerun', '100');
    expect(status).toBe(3);
    expect(json['nondeterministic']).toMatchObject([{ scenario: 'gossip', seed: 1 }, { scenario: 'gossip', seed: 2 }]);
  });

  test('fails when a required probe is never seen: 5', async () => {
    const { status, stdout } = await place.quorate('swarm', 'steady', '--seeds', '1..1', '--jobs', '1', '--rerun', '0', '--require', 'platform/workload-moved');
    expect(status).toBe(5);
    expect(stdout).toContain('REQUIRED, NEVER SEEN  platform/workload-moved');
  });

  test('with --brief prints a row for every scenario and a column for every invariant', async () => {
    const { status, stdout } = await place.quorate('swarm', 'steady', 'quorum-loss', '--brief', '--seeds', '1..1', '--jobs', '1', '--rerun', '0');
    expect(status).toBe(0);
    const [head, rule, ...rows] = stdout.split('\n');
    expect(head).toBe('fault        runs  single active  no lost write  ordered  no stale effect  safe replay  quorum loss  other');
    expect(rule).toMatch(/^─+/);
    expect(rows[0]).toMatch(/^steady +1 {2}ok +ok +ok +ok +ok +ok +ok$/);
    expect(rows[1]).toMatch(/^quorum-loss +1 {2}ok +ok +ok +ok +ok +ok\* +ok$/);
  });

  test.each([
    [['--seeds', '9..1'], '--seeds 9..1: the range ends before it begins'],
    [['--seeds', '1..x'], '--seeds x: a seed is an integer'],
    [['--seeds', '1..4', '--shard', '5/4'], '--shard 5/4: should be i/n'],
    [['--seeds', '1..2', '--shard', '3/3'], '--shard 3/3: there are only 2 seeds'],
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
