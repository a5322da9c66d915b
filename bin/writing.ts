/**
 * The one place that writes files: whole, or in whole lines, in folders that are made where they are missing.
 * What fails throws the system's error.
 */
import {
  appendFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { UsageError } from './exit-status.ts';

/** The file appears whole or not at all. A link stays and leads to the new text; a pipe or a device is written to. */
export function writeWhole(file: string, text: string): void {
  const there = statSync(file, { throwIfNoEntry: false });
  if (there !== undefined && !there.isFile()) return writeFileSync(file, text);
  const target = behindLinks(file);
  const part = partIn(dirname(target));
  try {
    writeFileSync(part, text);
    renameSync(part, target);
  } catch (error) {
    rmSync(part, { force: true });
    throw error;
  }
}

/**
 * Adds lines in one piece: where there is no room for all of it, none of it stays, so that the
 * next line does not begin in a torn one.
 */
export function append(file: string, text: string): void {
  const there = statSync(file, { throwIfNoEntry: false });
  try {
    appendFileSync(file, text);
  } catch (error) {
    if (there?.isFile() === true) truncateSync(file, there.size);
    else if (there === undefined) rmSync(file, { force: true });
    throw error;
  }
}

/** Takes what follows the last line end out of a file of lines: whoever wrote it was killed in the middle. */
export function dropTornLine(file: string): void {
  const bytes = readFileSync(file);
  const whole = bytes.lastIndexOf(0x0a) + 1;
  if (whole < bytes.length) truncateSync(file, whole);
}

/** Makes a file, or takes out all that is in it. */
export function empty(file: string): void {
  writeFileSync(file, '');
}

/** Tries whether a file can be written, and leaves all as it was. */
export function probe(file: string): void {
  try {
    writeFileSync(file, '', { flag: 'ax' });
    rmSync(file);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    appendFileSync(file, '');
  }
}

/**
 * Makes a folder and those above it that are missing; returns the topmost one made. Node's own recursive way loops for ever
 * where a parent exists and takes no folders, such as a process file system.
 */
export function makeFolders(path: string): string | undefined {
  if (existsSync(path)) return undefined;
  const made = makeFolders(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    // Another process made it in between.
    if (codeOf(error) !== 'EEXIST') throw error;
  }
  return made ?? path;
}

/**
 * Makes a folder and tries whether a file can be made there; returns the topmost folder made. Throws a
 * UsageError; `named`: how the user named it.
 */
export function openFolder(path: string, named: string): string | undefined {
  try {
    const made = makeFolders(path);
    const probe = partIn(path);
    writeFileSync(probe, '');
    rmSync(probe);
    return made;
  } catch (error) {
    throw new UsageError(`${named}: cannot write there (${codeOf(error)})`, { cause: error });
  }
}

/** Turns what the system says into a UsageError; `named`: how the user named what is written. */
export function asAsked<T>(named: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    throw new UsageError(`${named}: cannot be written (${codeOf(error)})`, { cause: error });
  }
}

/** What the system calls its error. Throws on what is none of the system's. */
export function codeOf(error: unknown): string {
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (code === undefined || syscall === undefined) throw error;
  return code;
}

/** Two processes that write into one folder are not in each other's way. */
function partIn(folder: string): string {
  return join(folder, `.quorate-${process.pid}`);
}

/** Where a chain of links ends, be there a file or not. */
function behindLinks(file: string): string {
  if (existsSync(file)) return realpathSync(file);
  if (lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return file;
  return behindLinks(resolve(realpathSync(dirname(file)), readlinkSync(file)));
}
