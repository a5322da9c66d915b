/**
 * `npm run build`: bundles what `quorate export --format html` puts into a page (`bin/page`) into dist/page: the engine, which
 * runs in a worker, the page's own script, and its styles. A module of Node's in there is an error: a browser has none.
 */
import { copyFileSync, mkdirSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'rolldown';

const root = fileURLToPath(new URL('..', import.meta.url));
const target = `${root}dist/page`;

const noHost: Plugin = {
  name: 'no-host',
  resolveId(id, importer) {
    if (isBuiltin(id)) throw new Error(`${importer}: imports ${id}, which no browser has`);
  },
};

mkdirSync(target, { recursive: true });
await Promise.all([bundle('engine/main.ts', 'engine.js'), bundle('view/main.ts', 'view.js')]);
copyFileSync(`${root}bin/page/page.css`, `${target}/page.css`);

async function bundle(from: string, to: string): Promise<void> {
  await build({
    input: `${root}bin/page/${from}`,
    platform: 'browser',
    plugins: [noHost],
    onLog: (level, { message }) => {
      if (level === 'warn') throw new Error(message);
    },
    output: { file: `${target}/${to}`, format: 'iife', minify: true },
  });
}
