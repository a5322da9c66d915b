/** A history in a file, or in the folder in which Jepsen left it. */
import { createReadStream, existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { HistoryBuilder, HistoryError, type Operation } from '../../replay/check/history.ts';
import { UsageError } from '../exit-status.ts';
import { shownPath } from '../reading.ts';
import type { ProgressLine } from '../progress-line.ts';
import { codeOf } from '../writing.ts';
import { EventError, EventReader } from './event-reader.ts';

/** What Jepsen calls it in the folder of a run. */
const IN_FOLDER = 'history.edn';

/** Throws a UsageError where there is no history. */
export function findHistory(path: string): string {
  const there = statSync(path, { throwIfNoEntry: false });
  if (there === undefined) throw new UsageError(`${path}: there is no such file`);
  if (!there.isDirectory()) return path;
  const file = join(path, IN_FOLDER);
  if (!existsSync(file))
    throw new UsageError(
      `${path}: is a folder without a ${IN_FOLDER}; name the file, or the folder of one run (store/NAME/TIME)`,
    );
  return file;
}

/** Null when it was interrupted. Throws a UsageError that says where the file is no history, and why. */
export async function readHistory(
  path: string,
  progress: ProgressLine,
  interrupted: AbortSignal,
): Promise<readonly Operation[] | null> {
  const reader = new EventReader();
  const builder = new HistoryBuilder();
  const shown = shownPath(path);
  let lines = 0;
  let events = 0;
  try {
    for await (const chunk of linesOf(path)) {
      for (const line of chunk) {
        lines++;
        for (const event of reader.next(line)) {
          events++;
          builder.add(event);
        }
      }
      progress.note(`line ${lines}`);
      await setImmediate();
      if (interrupted.aborted) return null;
    }
    reader.end();
  } catch (error) {
    if (error instanceof EventError)
      throw new UsageError(`${shown}:${error.line}:${error.column}: ${error.message}`, { cause: error });
    if (error instanceof HistoryError) throw new UsageError(`${shown}:${error.line}: ${error.message}`, { cause: error });
    throw new UsageError(`${shown}: cannot be read (${codeOf(error)})`, { cause: error });
  }
  if (events === 0)
    throw new UsageError(`${shown}: has no event in it; a history is a map on each line, as in Jepsen's history.edn`);
  return builder.finish();
}

/** All lines of a piece of the file at a time: a turn of the event loop for each would take longer than reading them. */
async function* linesOf(path: string): AsyncGenerator<readonly string[]> {
  let rest = '';
  for await (const text of createReadStream(path, { encoding: 'utf8', highWaterMark: CHUNK_BYTES }) as AsyncIterable<string>) {
    const lines = `${rest}${text}`.split('\n');
    rest = lines.pop() ?? '';
    yield lines;
  }
  if (rest !== '') yield [rest];
}

const CHUNK_BYTES = 1 << 18;
