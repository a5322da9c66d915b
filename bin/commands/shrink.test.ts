import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readRecording } from '../../replay/read-recording.ts';
import { gossipModule, quorate, Workplace } from '../testing/spawn-quorate.ts';

const place = new Workplace();
afterAll(() => place.remove());

let path = '';

/** Fails once a pause of `b` has been seen; most of its faults have no part in that. */
const pausesMatter = gossipModule({
  atTop: 'const slow = () => { for (let i = 0; i < 6e8; i++); };',
  extra: `faults: [10, 20, 30, 40, 50, 60].flatMap((at) => [
    { at: ms(at), do: 'reset', target: 'a' },
    { at: ms(at), do: 'pause', target: 'b', for: ms(300) },
  ]),
  workload: [1, 2, 3, 4, 5].map((at) => ({ at, client: 'a', operation: 'read', arguments: { name: 'web' } })),
  properties: [{
    id: 'my/awake', kind: 'always', title: 'nobody sleeps long',
    monitor: (report, scene) => {
      let since = null;
      return { stepped() {
        const { paused } = scene.processes().find(({ name }) => name === 'b');
        if (!paused) since = null;
        else if ((since ??= scene.nowUs()) < scene.nowUs() - ms(120)) report.violated('b sleeps');
      } };
    },
  }],`,
});

beforeAll(async () => {
  const { json } = await place.json('run', place.write('gossip.ts', pausesMatter), '--seed', '4');
  expect(json).toMatchObject({ verdict: 'violation', violation: { property: 'my/awake' } });
  path = json['recording'] as string;
});

describe('shrink', () => {
  test('leaves one short fault and no operation, in a recording of its own that is verified', async () => {
    const { json, status } = await place.json('shrink', path, '--output', 'small');
    expect(status).toBe(0);
    expect(json).toMatchObject({
      property: 'my/awake',
      before: { faults: 12, operations: 5, processes: 2 },
      after: { faults: 1, operations: 0, processes: 2 },
    });
    const written = json['recording'] as string;
    expect(written).toMatch(/^small\/gossip-4-[0-9a-f]{6}\.quorate\.json$/);
    expect(readRecording(place.read(written)).faults).toMatchObject([{ do: 'pause', target: 'b' }]);
    expect((await place.quorate('replay', written, '--verify')).status).toBe(0);
    expect(readdirSync(join(place.path, 'small'))).toHaveLength(1);
  });

  test('tells in words what is left, and ends with the command that reproduces it', async () => {
    const { stdout } = await place.quorate('shrink', path, '--output', 'small');
    expect(stdout).toMatch(/^my\/awake: \d+ runs tried\n {15}before {3}after\n {2}faults {11}12 {7}1$/m);
    expect(stdout.trimEnd().split('\n').at(-1)).toMatch(/^npx quorate replay small\/gossip-4-/);
  });

  test('goes on where it was interrupted, and comes to the same', async () => {
    const { json } = await place.json(
      'run',
      place.write('slow.ts', pausesMatter.replace("report.violated('b", "slow(), report.violated('b")),
      '--seed',
      '4',
    );
    const slow = json['recording'] as string;
    const parts = join(place.path, 'parts');
    const interruptWhen = (): boolean => existsSync(parts) && readdirSync(parts).some((name) => name.startsWith('.shrinking-'));
    const first = await quorate(['shrink', slow, '--output', 'parts', '--json'], { cwd: place.path, interruptWhen });
    expect(first).toMatchObject({ stderr: '', status: 130 });
    const { runs } = JSON.parse(first.stdout) as { readonly runs: number };
    expect(runs).toBeGreaterThan(0);
    const [second, atOnce] = [
      await place.json('shrink', slow, '--output', 'parts'),
      await place.json('shrink', slow, '--output', 'at-once'),
    ];
    expect(second.status).toBe(0);
    expect(second.json['runs']).toBeGreaterThan(runs);
    expect(second.json).toMatchObject({ runs: atOnce.json['runs'], after: atOnce.json['after'] });
    expect(readdirSync(parts).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  test('that is resumed after the code was edited asks nothing of what was tried before, and says that it was', async () => {
    const slow = pausesMatter.replace("report.violated('b", "slow(), report.violated('b");
    const recorded = (await place.json('run', place.write('edited.ts', slow), '--seed', '4')).json['recording'] as string;
    const before = join(place.path, 'before');
    const interruptWhen = (): boolean => existsSync(before) && readdirSync(before).some((name) => name.startsWith('.shrinking-'));
    expect(await quorate(['shrink', recorded, '--output', 'before'], { cwd: place.path, interruptWhen })).toMatchObject({
      status: 130,
    });
    // Still fails as it was recorded, and no more in many of the runs that did.
    place.write('edited.ts', slow.replace('ms(120)', 'ms(250)'));
    const resumed = await place.json('shrink', recorded, '--output', 'before');
    const afresh = await place.json('shrink', recorded, '--output', 'afresh');
    expect(resumed.json).toMatchObject({ runs: afresh.json['runs'], after: afresh.json['after'] });
    expect(readRecording(place.read(resumed.json['recording'] as string)).violation?.property).toBe('my/awake');
    expect(resumed).toMatchObject({
      status: 4,
      complaints: `quorate: ${recorded}: userFile was edited since it was recorded: what comes of it now decides nothing about that run\n`,
    });
  });

  test('that is interrupted before anything was tried tells no figures', async () => {
    const { json } = await place.json('run', place.write('loud.ts', pausesMatter), '--seed', '4');
    place.write(
      'loud.ts',
      pausesMatter
        .replace('return { stepped() {', 'return { stepped() { slow();')
        .replace('const slow =', "console.error('loaded');\nconst slow ="),
    );
    let sent = false;
    const ended = await quorate(['shrink', json['recording'] as string, '--output', 'never', '--json'], {
      cwd: place.path,
      onStderr: (text, kill) => {
        if (!sent && text.includes('loaded')) kill('SIGINT');
        sent = true;
      },
    });
    expect(ended.status).toBe(130);
    expect(ended.complaints).toContain('quorate: interrupted before anything was tried\n');
    expect(JSON.parse(ended.stdout)).toEqual({
      repro: `npx quorate shrink ${json['recording'] as string} --output never`,
      interrupted: true,
    });
    expect(place.has('never')).toBe(false);
  });

  test('has nothing to do where nothing fails: 64', async () => {
    const { stdout, stderr, status } = await place.quorate('shrink', edited(), '--output', 'none');
    expect(stderr).toContain('it does not fail here, so there is nothing to shrink');
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(stdout).toBe('');
    expect(status).toBe(64);
    expect(place.has('none')).toBe(false);
  });

  test('leaves no folder when the scenario crashes now: 64', async () => {
    place.write('broken.ts', "throw new Error('my mistake');\n");
    const { stderr, status } = await place.quorate('shrink', edited('broken.ts'), '--output', 'none');
    expect(stderr).toContain('the scenario crashes now: my mistake');
    expect(status).toBe(64);
    expect(place.has('none')).toBe(false);
  });

  test('refuses what is no recording: 64', async () => {
    place.write('bad.quorate.json', '{}');
    const { stderr, status } = await place.quorate('shrink', 'bad.quorate.json');
    expect(stderr).toContain('not a recording of Quorate');
    expect(status).toBe(64);
  });
});

function edited(file = 'gossip.ts'): string {
  const recording = JSON.parse(place.read(path)) as object;
  return place.write(
    'calm.quorate.json',
    JSON.stringify({ ...recording, faults: [], userFile: { ...(recording as { userFile: object }).userFile, path: file } }),
  );
}
