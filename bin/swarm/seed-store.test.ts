import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { UsageError } from '../exit-status.ts';
import { SeedStore, type KnownSeed } from './seed-store.ts';

let folder = '';
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'quorate-seeds-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const known = (seed: number, events: number, more: Partial<KnownSeed> = {}): KnownSeed => ({
  seed,
  scenario: 'steady',
  property: 'a/b',
  defects: [],
  quorate: '1',
  build: 'b1',
  events,
  message: 'because',
  repro: `npx quorate run steady --seed ${seed}`,
  ...more,
});

test('what was kept is read again, shortest first', () => {
  const store = new SeedStore(folder);
  for (const one of [known(1, 300), known(2, 100), known(3, 200, { build: 'b2' })]) store.keep(one);
  expect(new SeedStore(folder).read()).toEqual({
    seeds: [known(2, 100), known(3, 200, { build: 'b2' }), known(1, 300)],
    damaged: [],
  });
});

test('a seed that fails again is one entry', () => {
  const store = new SeedStore(folder);
  store.keep(known(1, 300));
  store.keep(known(1, 300));
  expect(store.read().seeds).toHaveLength(1);
});

test('of one build, scenario and property the five shortest stay', () => {
  const store = new SeedStore(folder);
  for (const events of [5, 3, 8, 1, 7, 2, 6, 4]) store.keep(known(events, events));
  store.keep(known(9, 9, { property: 'other' }));
  expect(store.read().seeds.map(({ events }) => events)).toEqual([1, 2, 3, 4, 5, 9]);
});

test('a file that holds no seed is named, and costs nothing else', () => {
  const store = new SeedStore(folder);
  store.keep(known(1, 1));
  writeFileSync(join(folder, 'b1', 'steady-2-abcdef.seed.json'), '{"seed": 2, "scen');
  const { seeds, damaged } = store.read();
  expect(seeds).toHaveLength(1);
  expect(damaged).toEqual([expect.stringMatching(/steady-2-abcdef\.seed\.json$/)]);
});

test('what is forgotten leaves no empty folder', () => {
  const store = new SeedStore(folder);
  store.keep(known(1, 1));
  store.forget(known(1, 1));
  expect(readdirSync(folder)).toEqual([]);
});

test('where nothing can be written it says so', () => {
  writeFileSync(join(folder, 'file'), '');
  expect(() => new SeedStore(join(folder, 'file'))).toThrow(UsageError);
});
