/** Programs that tests drive, looked for as a shell would. */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Debian's, and what others call it. */
export const chromiumNames: readonly string[] = ['chromium', 'chromium-browser', 'google-chrome'];

/** Where the first of these is; undefined when none is there. */
export function findProgram(names: readonly string[]): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find((path) => existsSync(path));
}
