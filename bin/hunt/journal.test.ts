import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { UsageError } from '../exit-status.ts';
import { HuntJournal, type HuntHeader } from './journal.ts';

let path = '';
beforeEach(() => void (path = join(mkdtempSync(join(tmpdir(), 'quorate-hunt-')), 'file')));
afterEach(() => rmSync(join(path, '..'), { recursive: true, force: true }));

const header: HuntHeader = { hunt: 1, quorate: '1', build: 'b', seeds: [1, 9], trials: 1, capSeconds: 1, strategy: 'random' };
const begun = `${JSON.stringify(header)}\n`;

test.each(['my notes', 'my notes\nof today', '\n', begun.trimEnd(), begun.slice(0, 20)])(
  'a file that is no journal (%j) is refused and stays as it is',
  (text) => {
    writeFileSync(path, text);
    expect(() => new HuntJournal(path, header)).toThrow(/:1: not a line of a hunt's journal/);
    expect(readFileSync(path, 'utf8')).toBe(text);
  },
);

test('a journal of another hunt stays as it is, torn line and all', () => {
  const text = `${begun}{"defect":"to`;
  writeFileSync(path, text);
  expect(() => new HuntJournal(path, { ...header, trials: 2 })).toThrow(UsageError);
  expect(readFileSync(path, 'utf8')).toBe(text);
});

test('an empty file is begun, and a torn line is dropped', () => {
  for (const text of ['', `${begun}{"defect":"ü`]) {
    writeFileSync(path, Buffer.from(text).subarray(0, -1));
    expect(new HuntJournal(path, header)).toMatchObject({ trials: [], healthy: [] });
    expect(readFileSync(path, 'utf8')).toBe(begun);
  }
});
