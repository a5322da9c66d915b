import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const folder = new URL('./', import.meta.url);
const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
  (name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && !name.endsWith('.d.ts') && !name.startsWith('testing'),
);
const IMPORT = /^(?:import|export)\s[^'"]*?from\s+'([^']+)'/gm;

test('the simulator imports its own files, the heap and the generator, and nothing of any host', () => {
  expect(sources.length).toBeGreaterThan(35);
  const foreign = sources.flatMap((name) =>
    [...readFileSync(new URL(name, folder), 'utf8').matchAll(IMPORT)]
      .map(([, specifier]) => specifier as string)
      .filter((specifier) =>
        specifier.startsWith('.')
          ? !new URL(specifier, new URL(name, folder)).href.startsWith(folder.href)
          : !['heap-js', 'seedrandom/lib/alea.js'].includes(specifier),
      ),
  );
  expect(foreign).toEqual([]);
});
