/**
 * Recordings that are written: the folder is tried before the run, so that no failure is lost for want of a place to write it.
 */
import { rmdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { formatRecording, inputsOf, type Recording } from '../replay/recording.ts';
import { hashValue } from '../replay/value-hash.ts';
import { shownPath } from './reading.ts';
import { unlessLost } from './losses.ts';
import { makeFolders, openFolder, writeWhole } from './writing.ts';

/** Where recordings go unless `--output` says otherwise. */
export const DEFAULT_FOLDER = 'recordings';

export interface OutputFolder {
  /** Absolute. */
  readonly path: string;
  /**
   * Writes the recording and returns its path as the user would write it; null when it is lost,
   * which costs nothing but the recording.
   */
  write(recording: Recording): string | null;
  /** Takes the folder away again when it was made for nothing. */
  tidy(): void;
}

/** Throws a UsageError when nothing can be written there. */
export function prepareFolder(folder: string): OutputFolder {
  const path = resolve(folder);
  const made = openFolder(path, `--output ${folder}`);
  return {
    path,
    write(recording) {
      const file = join(path, fileName(recording));
      return unlessLost(`a recording in ${folder}`, () => {
        // Another process may have tidied up the folder that it made, while nothing lay in it.
        makeFolders(path);
        writeWhole(file, formatRecording(recording));
        return shownPath(file);
      });
    },
    tidy() {
      for (let emptied = path; made !== undefined && emptied.length >= made.length; emptied = dirname(emptied)) {
        try {
          rmdirSync(emptied);
        } catch {
          // Something else lies in it now.
          return;
        }
      }
    },
  };
}

/** Two runs with different inputs never share a file. */
function fileName(recording: Recording): string {
  const inputs = hashValue([inputsOf(recording), recording.build]).slice(0, 6);
  return `${recording.scenario}-${recording.seed}-${inputs}.quorate.json`;
}
