/** This package itself: its version, where it stands, and a hash of the sources that decide what a run does. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Origin } from '../replay/recorder.ts';

/** The folder whose `sim/`, `model/` … this file stands beside: `dist/`, or the checkout when sources run directly. */
const codeRoot = dirname(dirname(fileURLToPath(import.meta.url)));

/** `.js` as shipped, `.ts` when sources run directly. */
const codeExtension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';

/** The folder of package.json. */
export const packageRoot = existsSync(join(codeRoot, 'package.json')) ? codeRoot : dirname(codeRoot);

export function version(): string {
  const manifest = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { version: string };
  return manifest.version;
}

const FOLDERS = ['sim', 'model', 'replay', 'scenarios', 'bin'];
const folderUrls = FOLDERS.map((folder) => pathToFileURL(join(codeRoot, folder, '/')).href);

/** A module of this package as a URL that can be loaded now: `moduleUrl('sim/index')`. */
export function moduleUrl(path: string): URL {
  return pathToFileURL(join(codeRoot, path + codeExtension));
}

export function isOwnModule(url: string): boolean {
  return folderUrls.some((folder) => url.startsWith(folder));
}

/** What decides a run: command line, reporters and replay do not. */
const DECIDING_FOLDERS = ['sim', 'model', 'scenarios'];

/** A hash of the shipped sources that decide what a run does; 16 hexadecimal digits. */
export function buildHash(): string {
  const hash = createHash('sha256');
  for (const folder of DECIDING_FOLDERS) {
    const files = readdirSync(join(codeRoot, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith(codeExtension) && !file.endsWith(`.test${codeExtension}`))
      .map((file) => file.replaceAll('\\', '/'))
      .sort();
    for (const file of files)
      hash
        .update(`${folder}/${file}\0`)
        .update(readFileSync(join(codeRoot, folder, file)))
        .update('\0');
  }
  return hash.digest('hex').slice(0, 16);
}

/** Who makes recordings now. */
export function origin(): Origin {
  return { quorate: version(), build: buildHash() };
}
