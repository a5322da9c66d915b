/** UPDATE_GOLDEN=1 npx vitest run model/raft/core/golden writes the scripts anew with the output as it is now. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runScript } from '../testing/script.ts';

const folder = join(import.meta.dirname, 'golden');

test.each(readdirSync(folder).filter((file) => file.endsWith('.txt')))('%s happens as written', (file) => {
  const path = join(folder, file);
  const written = readFileSync(path, 'utf8');
  const now = runScript(written);
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(path, now);
  else expect(now).toBe(written);
});
