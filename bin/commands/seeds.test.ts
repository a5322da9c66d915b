import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { gossipModule, Workplace } from '../testing/spawn-quorate.ts';

const place = new Workplace();
afterAll(() => place.remove());

const LOUD = gossipModule({ limit: 20 });
const files = (store: string): readonly string[] =>
  readdirSync(join(place.path, store), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.seed.json'));

describe('a seed store', () => {
  test('has what failed run again first by the next swarm, over other seeds, and knows when it is mended', async () => {
    place.write('gossip.ts', LOUD);
    const first = await place.json(
      'swarm',
      'gossip.ts',
      '--seeds',
      '1..2',
      '--jobs',
      '1',
      '--rerun',
      '0',
      '--seed-store',
      'store',
    );
    expect(first.json).toMatchObject({ runs: 2, known: { runs: 0, failed: 0 } });
    expect(files('store')).toHaveLength(2);

    const second = await place.json(
      'swarm',
      'gossip.ts',
      '--seeds',
      '100..100',
      '--jobs',
      '1',
      '--rerun',
      '0',
      '--seed-store',
      'store',
    );
    expect(second.status).toBe(1);
    expect(second.json).toMatchObject({ runs: 1, known: { runs: 2, failed: 2 } });
    expect((second.json['failures'] as { seed: number }[]).map(({ seed }) => seed)).toEqual([1, 2, 100]);

    const without = await place.json(
      'swarm',
      'gossip.ts',
      '--seeds',
      '100..100',
      '--jobs',
      '1',
      '--rerun',
      '0',
      '--seed-store',
      'store',
      '--no-known',
    );
    expect(without.json).toMatchObject({ runs: 1, known: { runs: 0, failed: 0 } });

    place.write('gossip.ts', gossipModule());
    const mended = await place.quorate(
      'swarm',
      'gossip.ts',
      '--seeds',
      '100..100',
      '--jobs',
      '1',
      '--rerun',
      '0',
      '--seed-store',
      'store',
    );
    expect(mended.status).toBe(0);
    expect(mended.stdout).toContain('3 stored seeds rerun first, 0 still fail');
  });

  test('counts a known seed that is among its own once', async () => {
    place.write('gossip.ts', LOUD);
    const args = ['swarm', 'gossip.ts', '--seeds', '1..2', '--jobs', '1', '--rerun', '0', '--seed-store', 'own'];
    await place.quorate(...args);
    const { json } = await place.json(...args);
    expect(json).toMatchObject({ runs: 2, known: { runs: 2, failed: 2 } });
    expect(json['failures']).toHaveLength(2);
  });

  test('loses nothing when several processes write at once', async () => {
    place.write('gossip.ts', LOUD);
    await Promise.all(
      ['1..1', '2..2', '3..3'].map((seeds) =>
        place.quorate('swarm', 'gossip.ts', '--seeds', seeds, '--jobs', '1', '--rerun', '0', '--seed-store', 'shared'),
      ),
    );
    expect(files('shared')).toHaveLength(3);
  });

  test('is filled from the journals of shards, and each shard has its part of it', async () => {
    place.write('gossip.ts', LOUD);
    for (const shard of ['1/2', '2/2'])
      await place.quorate(
        'swarm',
        'gossip.ts',
        '--seeds',
        '1..2',
        '--shard',
        shard,
        '--jobs',
        '1',
        '--rerun',
        '0',
        '--journal',
        'journals',
      );
    await place.quorate('merge', 'journals', '--seed-store', 'merged');
    expect(files('merged')).toHaveLength(2);
    const { json } = await place.json(
      'swarm',
      'gossip.ts',
      '--seeds',
      '50..51',
      '--shard',
      '2/2',
      '--jobs',
      '1',
      '--rerun',
      '0',
      '--seed-store',
      'merged',
    );
    expect(json['known']).toEqual({ runs: 1, failed: 1 });
  });

  test('has what was made again in the journal as well: it is made once, and told by whoever merges', async () => {
    place.write('gossip.ts', LOUD);
    await place.quorate('swarm', 'gossip.ts', '--seeds', '1..2', '--jobs', '1', '--rerun', '0', '--seed-store', 'noted');
    const args = [
      'swarm',
      'gossip.ts',
      '--seeds',
      '70..70',
      '--jobs',
      '1',
      '--rerun',
      '0',
      '--seed-store',
      'noted',
      '--journal',
      'second',
    ];
    const { json } = await place.json(...args);
    expect(json).toMatchObject({ runs: 1, known: { runs: 2, failed: 2 } });
    expect((await place.json(...args)).json).toMatchObject({ runs: 1, known: { runs: 2, failed: 2 } });
    const merged = await place.json('merge', 'second');
    expect(merged.json).toMatchObject({ runs: 1, known: { runs: 2, failed: 2 }, complete: true });
    expect((merged.json['failures'] as { seed: number }[]).map(({ seed }) => seed)).toEqual([1, 2, 70]);
    expect(place.read(join('second', 'shard-1-of-1.swarm.jsonl')).match(/^\{"known"/gm)).toHaveLength(2);
  });

  test('costs one warning for each file that holds no seed', async () => {
    writeFileSync(join(place.path, 'merged', 'torn.seed.json'), '{"seed": 1');
    const { stderr, stdout, status } = await place.quorate('seeds', 'merged');
    expect(stderr).toBe('quorate: merged/torn.seed.json: holds no seed, and is passed over: delete it\n');
    expect(stdout).toMatch(/^gossip, seed \d: my\/small\n {2}npx quorate run gossip\.ts --seed \d --swarm$/m);
    expect(status).toBe(0);
  });

  test('forgets what other builds failed at, when it is told to', async () => {
    const [name = ''] = files('shared');
    const foreign = place.read(join('shared', name)).replace(/"build": "\w+"/, '"build": "0123456789abcdef"');
    mkdirSync(join(place.path, 'shared', '0123456789abcdef'));
    writeFileSync(join(place.path, 'shared', '0123456789abcdef', basename(name)), foreign);
    const { json } = await place.json('seeds', 'shared');
    expect(json['seeds']).toHaveLength(4);
    const pruned = await place.json('seeds', 'shared', '--prune');
    expect(pruned.json['forgotten']).toBe(1);
  });

  test('that cannot be written, or is not there, is told: 64', async () => {
    place.write('file', '');
    const unwritable = await place.quorate('swarm', 'gossip.ts', '--seeds', '1..1', '--seed-store', 'file');
    expect(unwritable).toMatchObject({ status: 64, stdout: '' });
    expect(unwritable.stderr).toMatch(/--seed-store file: cannot write there/);
    expect((await place.quorate('seeds', 'nowhere')).status).toBe(64);
  });
});

describe('--shrink', () => {
  test('hands the first failure of each property over small, explained, and tells where', async () => {
    place.write('gossip.ts', LOUD);
    const { json, status } = await place.json(
      'swarm',
      'gossip.ts',
      '--seeds',
      '1..2',
      '--jobs',
      '1',
      '--rerun',
      '0',
      '--shrink',
      '20s',
    );
    expect(status).toBe(1);
    const [first, second] = json['failures'] as {
      recording: string;
      small: { recording: string; faults: number; explanation: string; page: null } | null;
    }[];
    expect(first?.small).toMatchObject({ faults: 0, page: null });
    expect(second?.small).toBeNull();
    const { recording, explanation } = first?.small ?? { recording: '', explanation: '' };
    expect(place.read(explanation)).toContain('my/small (always) at step');
    expect((await place.json('replay', recording, '--verify')).json).toMatchObject({ identical: true });
  });

  test('makes a page of a failure that has no code of the user in it; in merged shards as well', async () => {
    await place.quorate(
      'swarm',
      'crash-after-external-call',
      '--seeds',
      '1..6',
      '--jobs',
      '1',
      '--rerun',
      '0',
      '--bail',
      '1',
      '--defect',
      'fresh-operation-ids',
      '--journal',
      'one',
      '--output',
      'one/recordings',
    );
    const { json } = await place.json('merge', 'one', '--shrink', '1s');
    const [failure] = json['failures'] as { small: { recording: string; page: string; explanation: string } }[];
    expect(failure?.small.page).toMatch(/^one\/recordings\/.*\.html$/);
    expect(place.read(failure?.small.page ?? '')).toContain('<!doctype html>');
  });

  test('is what reports for CI do by themselves, unless it is switched off', async () => {
    const args = [
      'swarm',
      'gossip.ts',
      '--seeds',
      '1..1',
      '--jobs',
      '1',
      '--rerun',
      '0',
      '--reporter',
      'default',
      'junit=report.xml',
    ];
    expect((await place.quorate(...args)).stdout).toContain('shrunk: recordings/');
    expect(place.read('report.xml')).toContain('shrunk: recordings/');
    expect((await place.quorate(...args, '--no-shrink')).stdout).not.toContain('shrunk');
  });
});
