import { spawn } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { gossipModule, Workplace } from '../testing/spawn-quorate.ts';

const place = new Workplace();
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A package that has quorate and vitest installed, as a user's has. */
beforeAll(() => {
  mkdirSync(join(place.path, 'node_modules'));
  symlinkSync(ROOT, join(place.path, 'node_modules', 'quorate'));
  symlinkSync(join(ROOT, 'node_modules', 'vitest'), join(place.path, 'node_modules', 'vitest'));
  place.write('package.json', '{ "type": "module", "private": true }');
  place.write('gossip.ts', gossipModule({ limit: 20 }));
});
afterAll(() => place.remove());

function vitest(file: string): Promise<{ readonly status: number; readonly text: string }> {
  const child = spawn(process.execPath, [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', file, '--no-color'], {
    cwd: place.path,
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => void (text += part.toString()));
  return new Promise((resolve) => {
    child.on('close', (code) => resolve({ status: code ?? -1, text }));
  });
}

describe('pin', () => {
  test("makes a test of a user's failure that fails while the mistake is there, and passes when it is mended", async () => {
    const { json } = await place.json('run', 'gossip.ts', '--seed', '5');
    const recording = json['recording'] as string;
    const { status, stdout } = await place.quorate('pin', recording, '--output', 'gossip-5.test.ts');
    expect(status).toBe(0);
    expect(stdout).toContain('npx vitest run gossip-5.test.ts');
    const text = place.read('gossip-5.test.ts');
    expect(text).toContain("import scenario from './gossip.ts';");
    expect(text).toContain("property: 'my/small',");
    expect(text).toMatch(/faults: \[\n {6}\{ at: \d+, for: 40000, target: 'b', do: 'pause' \},\n {4}\],/);

    const failing = await vitest('gossip-5.test.ts');
    expect(failing.text).toContain('my/small (always) at step');
    expect(failing.status).toBe(1);
    place.write('gossip.ts', gossipModule());
    const mended = await vitest('gossip-5.test.ts');
    expect(mended.text).toContain('1 passed');
    expect(mended.status).toBe(0);
    place.write('gossip.ts', gossipModule({ limit: 20 }));

    const again = await place.quorate('pin', recording, '--output', 'gossip-5.test.ts');
    expect(again).toMatchObject({ status: 64, stdout: '' });
    expect(again.stderr).toMatch(/gossip-5\.test\.ts: is there already: name another file with --output/);
    expect(place.read('gossip-5.test.ts')).toBe(text);
  });

  test("finds the way from the test to the scenario's file", async () => {
    const { json } = await place.json('run', 'gossip.ts', '--seed', '6');
    mkdirSync(join(place.path, 'tests'));
    const pinned = await place.json('pin', json['recording'] as string, '--output', 'tests/kept.test.ts');
    expect(pinned.json).toMatchObject({ file: 'tests/kept.test.ts', scenario: 'gossip', seed: 6, property: 'my/small' });
    expect(place.read('tests/kept.test.ts')).toContain("import scenario from '../gossip.ts';");
  });

  test('of a scenario of the catalogue names it, with the defect that was on', async () => {
    const { json } = await place.json('run', 'old-leader-resumes', '--seed', '29', '--defect', 'no-fencing');
    expect(await place.quorate('pin', json['recording'] as string)).toMatchObject({ status: 0 });
    const text = place.read('old-leader-resumes-29.pinned.test.ts');
    expect(text).toContain("repeat('old-leader-resumes', {");
    expect(text).toContain("defects: ['no-fencing'],");
    expect((await vitest('old-leader-resumes-29.pinned.test.ts')).text).toContain('platform/no-stale-side-effects');
    place.write('mended.test.ts', text.replace("    defects: ['no-fencing'],\n", ''));
    expect(await vitest('mended.test.ts')).toMatchObject({ status: 0 });
  });

  test('of what is no recording says so: 64', async () => {
    expect(await place.quorate('pin', 'gossip.ts')).toMatchObject({
      status: 64,
      stderr: expect.stringContaining('gossip.ts: not a recording of Quorate') as string,
    });
    expect(await place.quorate('pin', 'nowhere.json')).toMatchObject({
      status: 64,
      stderr: expect.stringContaining('there is no such file') as string,
    });
  });
});
