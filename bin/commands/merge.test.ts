import { appendFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { gossipModule, quorate, Workplace } from '../testing/spawn-quorate.ts';

const place = new Workplace();
afterAll(() => place.remove());

/** Fails on some seeds, and takes its time, so that it can be killed in between. */
const file = place.write(
  'gossip.ts',
  gossipModule({
    onRumour: 'for (let i = 0; i < 5e4; i++);',
    extra:
      "properties: [{ ...small, monitor: (report) => ({ stepped: () => world.seed % 4 === 1 && report.violated('odd') }) }],",
    atTop: 'let world = { seed: 0 };',
  })
    .replace('build(world) {', 'build(made) { world = made;')
    .replaceAll('world.process', 'made.process'),
);
const swarm = ['swarm', file, '--seeds', '1..24', '--jobs', '1', '--rerun', '25'];

/** What does not depend on how long it took. */
function timeless(report: Record<string, unknown>): Record<string, unknown> {
  return { ...report, eventsPerSecond: 0, seedsPerSecond: 0, runsPerSecond: 0, wallMs: 0 };
}

function journalOf(folder: string): string {
  return join(place.path, folder, readdirSync(join(place.path, folder)).find((name) => name.endsWith('.swarm.jsonl')) as string);
}

describe('a swarm in shards', () => {
  test('adds up to the whole: nothing is lost, nothing counted twice', async () => {
    const whole = await place.json(...swarm, '--rerun', '0');
    expect(whole.json).toMatchObject({ runs: 24, ok: 18, complete: true });
    for (const shard of ['1/3', '2/3', '3/3'])
      await place.json(...swarm, '--rerun', '0', '--shard', shard, '--journal', 'shards');
    const merged = await place.json('merge', 'shards');
    expect(merged.status).toBe(1);
    expect(timeless(merged.json)).toEqual(timeless(whole.json));
  });

  test('says which shards are missing, in every form, and is undecided where no other failed', async () => {
    await place.json(...swarm, '--shard', '2/3', '--journal', 'one');
    const { stdout } = await place.quorate('merge', 'one');
    expect(stdout).toContain('MISSING  shard 1/3, shard 3/3');
    expect(stdout).toContain('8 runs (ended early)');
    await place.json('swarm', 'steady', '--seeds', '1..3', '--shard', '2/3', '--rerun', '0', '--journal', 'calm');
    const merged = await place.quorate('merge', 'calm', '--reporter', 'junit=calm.xml', 'github=calm.txt', '--no-shrink');
    expect(merged.status).toBe(4);
    expect(place.read('calm.xml')).toContain('<testcase classname="swarm" name="shard 1/3 is there">');
    expect(place.read('calm.txt')).toContain('::error title=missing%3A shard 3/3::');
    expect((await place.json('merge', 'calm', '--no-shrink')).json).toMatchObject({
      complete: false,
      missingShards: ['1/3', '3/3'],
    });
  });

  test('is refused when a journal is of another swarm: 64', async () => {
    await place.json('swarm', file, '--seeds', '1..2', '--rerun', '0', '--journal', 'mixed/a');
    await place.json('swarm', file, '--seeds', '1..3', '--rerun', '0', '--journal', 'mixed/b');
    const { stderr, status } = await place.quorate('merge', 'mixed');
    expect(stderr).toMatch(
      /^quorate: mixed\/b\/shard-1-of-1\.swarm\.jsonl: is of another swarm than mixed\/a\/.*: seeds \[1,3\], not \[1,2\]\n$/,
    );
    expect(status).toBe(64);
  });

  test('is refused when a journal is a folder: 64', async () => {
    mkdirSync(join(place.path, 'deep/x.swarm.jsonl'), { recursive: true });
    expect(await place.quorate('merge', 'deep')).toMatchObject({
      status: 64,
      stderr: 'quorate: deep/x.swarm.jsonl: is a folder, not a file\n',
    });
  });

  test.each([
    ['nowhere', 'there is no such folder'],
    ['empty', 'there is no journal of a swarm in it'],
  ])('is refused where there is none (%s): 64', async (folder, message) => {
    await place.json('run', 'steady', '--until', '10ms', '--output', 'empty');
    if (folder === 'empty') await place.quorate('swarm', file, '--seeds', '1..1', '--output', 'empty');
    const { stderr, status } = await place.quorate('merge', folder);
    expect(stderr).toContain(`${folder}: ${message}`);
    expect(status).toBe(64);
  });
});

describe('a swarm that keeps a journal', () => {
  test('goes on after it was killed, and comes to the same', async () => {
    const whole = await place.json(...swarm);
    const before = (): number => {
      try {
        return readFileSync(journalOf('killed'), 'utf8').split('\n').length;
      } catch {
        return 0;
      }
    };
    const killed = await quorate([...swarm, '--json', '--journal', 'killed'], { cwd: place.path, killWhen: () => before() > 4 });
    expect(killed.status).toBe(-1);
    const told = before();
    expect(told).toBeLessThan(26);
    // As if the machine had died in the middle of a line.
    appendFileSync(journalOf('killed'), '{"scenario":"gos');
    const resumed = await place.json(...swarm, '--journal', 'killed');
    // How many runs are repeated depends on how they fell into tasks.
    expect(timeless(resumed.json)).toEqual({ ...timeless(whole.json), rerun: expect.any(Number) as number });
    expect(timeless((await place.json('merge', 'killed')).json)).toEqual(timeless(resumed.json));
    const again = await place.json(...swarm, '--journal', 'killed');
    expect(timeless(again.json)).toEqual(timeless(resumed.json));
  });

  test('is refused where the journal of another swarm stands: 64', async () => {
    await place.json('swarm', file, '--seeds', '1..1', '--journal', 'other');
    const { stderr, status } = await place.quorate('swarm', file, '--seeds', '1..2', '--journal', 'other');
    expect(stderr).toMatch(
      /^quorate: --journal other: there is one of another swarm \(seeds \[1,1\], not \[1,2\]\): take another folder, or delete other\/shard-1-of-1\.swarm\.jsonl\n$/,
    );
    expect(status).toBe(64);
  });

  test('names the line that is none: 64', async () => {
    await place.json('swarm', file, '--seeds', '1..2', '--journal', 'damaged');
    writeFileSync(journalOf('damaged'), readFileSync(journalOf('damaged'), 'utf8').replace('"events":', '"evnts":'));
    const { stderr, status } = await place.quorate('merge', 'damaged');
    expect(stderr).toMatch(/^quorate: damaged\/shard-1-of-1\.swarm\.jsonl:2: not a line of a swarm's journal.*\n$/);
    expect(status).toBe(64);
  });
});
