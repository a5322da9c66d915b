import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { gossipModule, quorate, Workplace } from '../testing/spawn-quorate.ts';

const place = new Workplace();
afterAll(() => place.remove());

let path = '';

/** Fails once a rumour comes that was under way while `b` stood still. */
const pausesMatter = gossipModule({
  extra: `faults: [
    { at: ms(10), do: 'reset', target: 'a' },
    { at: ms(100), do: 'pause', target: 'b', for: ms(500) },
    { at: ms(150), do: 'slow', target: 'a', factor: 2, for: ms(20) },
  ],
  properties: [{
    id: 'my/prompt', kind: 'always', title: 'no rumour is old',
    monitor: (report, scene) => ({
      stepped({ kind, departUs }) {
        if (kind.name === 'my/rumour' && scene.nowUs() - departUs > ms(200)) report.violated('b hears an old rumour');
      },
    }),
  }],`,
});

beforeAll(async () => {
  const { json } = await place.json('run', place.write('gossip.ts', pausesMatter), '--seed', '4');
  expect(json).toMatchObject({ verdict: 'violation', violation: { property: 'my/prompt' } });
  path = json['recording'] as string;
});

describe('explain', () => {
  test('says what it takes, tells what happened, and ends with the command that reproduces it', async () => {
    const { stdout, status } = await place.quorate('explain', path);
    expect(status).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^my\/prompt \(always\) at step \d+, 0\.\d+ s$/);
    expect(lines).toContain('  fault      pause b for 0.500000 s');
    expect(stdout).toMatch(/^it still fails without 2 faults/m);
    expect(stdout).toMatch(/^\* +\d+  0\.\d+ s  ◆ fault: pause b for 0\.500000 s$/m);
    expect(stdout).toMatch(/^\* +\d+  0\.\d+ s  ◇ over: pause b for 0\.500000 s$/m);
    expect(stdout).toMatch(/a → b: rumour \d+\n *\(sent 0\.\d s before b took it in\)$/m);
    expect(stdout).toMatch(/✗ my\/prompt: b hears an old rumour$/m);
    expect(lines.at(-1)).toBe(`npx quorate replay ${path}`);
  });

  test('is one document with --json, the same each time', async () => {
    const first = await place.json('explain', path);
    expect(first.json).toMatchObject({
      violation: { property: 'my/prompt' },
      essential: { faults: [{ index: 1, part: 'needed', struck: ['b'] }], operations: [] },
      complete: true,
      repro: `npx quorate replay ${path}`,
    });
    expect((await place.json('explain', path)).stdout).toBe(first.stdout);
  });

  test('draws a diagram, into a file and below the story, in ASCII where the locale knows no more', async () => {
    const { stdout } = await place.quorate('explain', path, '--svg', 'what.svg', '--diagram', '--budget', '0');
    expect(place.read('what.svg')).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" [^]*rumour[^]*<\/svg>\n$/);
    expect(stdout).toMatch(/^ +a +b$/m);
    expect(stdout).toContain('drawn in what.svg');
    const plain = await quorate(['explain', path, '--diagram', '--budget', '0'], { cwd: place.path, env: { LC_ALL: 'C' } });
    expect(plain.stdout).toMatch(/^[\n\u0020-\u007e]*$/);
  });

  test.each([
    ['in words', []],
    ['with --json', ['--json']],
  ])('that is interrupted says so in one line, writes nothing, and ends with 130: %s', async (_how, options) => {
    const slow = pausesMatter
      .replace("report.violated('b", "slow(), report.violated('b")
      .replace(
        'const names =',
        "console.error('loaded');\nconst slow = () => { for (let i = 0; i < 2e9; i++); };\nconst names =",
      );
    const { json } = await place.json('run', place.write('slow.ts', slow), '--seed', '4', '--output', 'slow');
    const files = (): ReadonlySet<string> => new Set(readdirSync(place.path, { recursive: true, encoding: 'utf8' }));
    const before = files();
    let interrupted = false;
    const ended = await quorate(['explain', json['recording'] as string, '--svg', 'never.svg', ...options], {
      cwd: place.path,
      onStderr: (text, kill) => {
        if (interrupted || !text.includes('loaded')) return;
        interrupted = true;
        // Some of the runs that it tries are over by then, and others are not.
        setTimeout(() => kill('SIGINT'), 2_000);
      },
    });
    expect(ended.status).toBe(130);
    expect(
      ended.stderr
        .trimEnd()
        .split('\n')
        .filter((line) => line.startsWith('quorate:')),
    ).toEqual(['quorate: interrupted before there was an explanation; nothing was written (--budget 0 is the quickest)']);
    if (options.length === 0) expect(ended.stdout).toBe('');
    else
      expect(JSON.parse(ended.stdout)).toEqual({ repro: `npx quorate replay ${json['recording'] as string}`, interrupted: true });
    expect(files()).toEqual(before);
  });

  test('says so when the code was edited since it was recorded: 4', async () => {
    const { json } = await place.json('run', place.write('edited.ts', pausesMatter), '--seed', '4', '--output', 'edited');
    place.write('edited.ts', `${pausesMatter}// And more.\n`);
    const { stderr, status } = await place.quorate('explain', json['recording'] as string, '--budget', '0');
    expect(stderr).toBe(
      `quorate: ${json['recording'] as string}: userFile was edited since it was recorded: what comes of it now decides nothing about that run\n`,
    );
    expect(status).toBe(4);
  });

  test('refuses what it cannot do in one line', async () => {
    expect(await place.quorate('explain', path, '--budget', 'much')).toMatchObject({
      status: 64,
      stderr: expect.stringMatching(/^quorate: --budget much: /) as string,
    });
    expect(await place.quorate('explain', path, '--budget', '0', '--svg', join('no', 'such', 'folder.svg'))).toMatchObject({
      status: 64,
      stderr: expect.stringContaining('--svg no/such/folder.svg: cannot be written') as string,
    });
    expect(await place.quorate('explain', 'nothing.json')).toMatchObject({ status: 64 });
  });
});
