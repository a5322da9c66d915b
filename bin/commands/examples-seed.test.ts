import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { Workplace } from '../testing/spawn-quorate.ts';

const place = new Workplace();
afterAll(() => place.remove());

const root = fileURLToPath(new URL('../..', import.meta.url));
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');

test.each([
  ['canary-keeper.test.ts', '^canaries follow their deployments, whatever happens to the leader$'],
  ['async-canary-keeper.test.ts', '^a canary never goes back, whatever happens to its keeper$'],
])('what %s says to reproduce a failure with is green once the mistake is mended', async (file, name) => {
  const folder = join(place.path, file);
  cpSync(join(root, 'examples', 'my-controller'), folder, { recursive: true });
  mkdirSync(join(folder, 'node_modules'), { recursive: true });
  symlinkSync(root, join(folder, 'node_modules', 'quorate'));
  symlinkSync(join(root, 'node_modules', 'vitest'), join(folder, 'node_modules', 'vitest'));
  const child = spawn(process.execPath, [vitest, 'run', file, '-t', name], {
    cwd: folder,
    env: { ...process.env, QUORATE_SEED: '3' },
    stdio: 'ignore',
  });
  const status = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  expect(status).toBe(0);
});
