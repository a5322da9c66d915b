import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readJournal, SwarmJournal, type JournalHeader } from './journal.ts';

let folder = '';
let path = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'quorate-swarm-'));
  path = join(folder, 'shard-1-of-1.swarm.jsonl');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const header: JournalHeader = {
  journal: 1,
  quorate: '1',
  build: 'b',
  seeds: [1, 9],
  shard: [1, 1],
  scenarios: ['steady'],
  users: false,
  every: false,
  defects: [],
  strategy: 'random',
  probes: [],
  required: [],
};
const begun = `${JSON.stringify(header)}\n`;

test.each(['my notes', 'my notes\nof today', begun.trimEnd()])(
  'a file that is no journal (%j) is refused and stays as it is',
  (text) => {
    writeFileSync(path, text);
    expect(() => new SwarmJournal(folder, header)).toThrow(/:1: not a line of a swarm's journal/);
    expect(readFileSync(path, 'utf8')).toBe(text);
  },
);

test('an empty file is begun, and a torn line is dropped', () => {
  for (const text of ['', `${begun}{"scenario":"ü`]) {
    writeFileSync(path, Buffer.from(text).subarray(0, -1));
    expect(new SwarmJournal(folder, header).content).toMatchObject({ runs: [], wallMs: 0 });
    expect(readFileSync(path, 'utf8')).toBe(begun);
  }
});

test('what was torn in the middle of a character is read without its last line', () => {
  writeFileSync(path, Buffer.from(`${begun}{"wallMs":5}\n{"scenario":"ü`).subarray(0, -1));
  expect(readJournal(path).wallMs).toBe(5);
});
