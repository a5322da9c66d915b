import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { UsageError } from './exit-status.ts';
import { append, asAsked, dropTornLine, makeFolders, openFolder, probe, writeWhole } from './writing.ts';

let folder = '';
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'quorate-writing-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const inFolder = (name: string): string => join(folder, name);
const text = (name: string): string => readFileSync(inFolder(name), 'utf8');

describe('a file that is written whole', () => {
  test('takes the place of the one there was', () => {
    writeFileSync(inFolder('file'), 'old');
    writeWhole(inFolder('file'), 'new');
    expect(text('file')).toBe('new');
    expect(readdirSync(folder)).toEqual(['file']);
  });

  test.each([
    ['to a file', '../file', (): void => writeFileSync(inFolder('file'), 'old')],
    ['to nothing yet', '../file', (): void => undefined],
    ['to a link to it', '../between', (): void => symlinkSync('file', inFolder('between'))],
  ])('goes through a link %s', (_what, leadsTo, make) => {
    make();
    mkdirSync(inFolder('deep'));
    symlinkSync(leadsTo, inFolder('deep/link'));
    writeWhole(inFolder('deep/link'), 'new');
    expect(lstatSync(inFolder('deep/link')).isSymbolicLink()).toBe(true);
    expect(lstatSync(inFolder('file')).isFile()).toBe(true);
    expect(text('file')).toBe('new');
  });

  test('goes into a pipe, which stays one', async () => {
    execFileSync('mkfifo', [inFolder('pipe')]);
    const reader = spawn('cat', [inFolder('pipe')], { stdio: ['ignore', 'pipe', 'ignore'] });
    let read = '';
    reader.stdout.on('data', (bytes: Buffer) => void (read += bytes.toString()));
    writeWhole(inFolder('pipe'), 'new');
    await once(reader, 'close');
    expect(read).toBe('new');
    expect(lstatSync(inFolder('pipe')).isFIFO()).toBe(true);
  });

  test('that cannot be written leaves nothing, and is named as the user named it', () => {
    mkdirSync(inFolder('taken'));
    expect(() => asAsked('--svg taken', () => writeWhole(inFolder('taken'), 'new'))).toThrow(
      new UsageError('--svg taken: cannot be written (EISDIR)'),
    );
    expect(() => asAsked('--svg no/file', () => writeWhole(inFolder('no/file'), 'new'))).toThrow(
      new UsageError('--svg no/file: cannot be written (ENOENT)'),
    );
    expect(readdirSync(folder)).toEqual(['taken']);
  });

  test('does not hide a mistake of our own', () => {
    expect(() => asAsked('--svg file', () => writeWhole(inFolder('file'), null as unknown as string))).toThrow(TypeError);
    expect(readdirSync(folder)).toEqual([]);
  });
});

test('lines are added, and the file begun', () => {
  append(inFolder('lines'), 'a\n');
  append(inFolder('lines'), 'b\n');
  expect(text('lines')).toBe('a\nb\n');
});

test('a line without its end is dropped, and no other', () => {
  for (const torn of ['', 'b']) {
    writeFileSync(inFolder('lines'), `a\n${torn}`);
    dropTornLine(inFolder('lines'));
    expect(text('lines')).toBe('a\n');
  }
});

test('to try whether a file can be written changes nothing', () => {
  writeFileSync(inFolder('there'), 'old');
  for (const name of ['there', 'missing']) probe(inFolder(name));
  expect([readdirSync(folder), text('there')]).toEqual([['there'], 'old']);
  expect(() => asAsked('--reporter json=no/file', () => probe(inFolder('no/file')))).toThrow(
    new UsageError('--reporter json=no/file: cannot be written (ENOENT)'),
  );
  expect(() => asAsked('--reporter json=.', () => probe(folder))).toThrow(
    new UsageError('--reporter json=.: cannot be written (EISDIR)'),
  );
});

describe('folders', () => {
  test('are made from the topmost on that is missing', () => {
    expect(makeFolders(inFolder('a/b/c'))).toBe(inFolder('a'));
    expect(makeFolders(inFolder('a/b/c'))).toBe(undefined);
    expect(openFolder(inFolder('a/d'), '--output a/d')).toBe(inFolder('a/d'));
    expect(readdirSync(inFolder('a/d'))).toEqual([]);
  });

  test('where none can be made, that is said', () => {
    writeFileSync(inFolder('file'), '');
    expect(() => openFolder(inFolder('file/below'), '--journal file/below')).toThrow(
      new UsageError('--journal file/below: cannot write there (ENOTDIR)'),
    );
    expect(() => openFolder(inFolder('file'), '--journal file')).toThrow(
      new UsageError('--journal file: cannot write there (ENOTDIR)'),
    );
  });
});
