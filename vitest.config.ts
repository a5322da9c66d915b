import { defineConfig } from 'vitest/config';
import { chromiumNames, findProgram } from './bin/testing/find-program.ts';

/** Tests that drive another program: what `apt-get install` calls it, under which names it is looked for, and where they are. */
const driving = [
  { program: 'tmux', names: ['tmux'], files: ['bin/ui/tmux.test.ts'] },
  { program: 'chromium', names: chromiumNames, files: ['bin/export/page.test.ts', 'bin/export/guard-in-browser.test.ts'] },
];

/** They are left out where it is missing, and that is said; CI installs it, and lets nothing be left out. */
const leftOut =
  process.env['QUORATE_TEST_ALL'] === undefined ? driving.filter(({ names }) => findProgram(names) === undefined) : [];
process.once('exit', () => {
  for (const { program, files } of leftOut)
    console.error(`Not run, since there is no ${program} (apt-get install ${program}): ${files.join(', ')}`);
});

export default defineConfig({
  test: {
    environment: 'node',
    pool: 'threads',
    maxWorkers: 2,
    // Against tests that hang, not slow ones: many start the command, or hunt over many seeds, on machines that have other
    // things to do. One bound for all, so that none has a tighter one.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    projects: [
      // No module of these keeps anything: files may share one engine, which has the model compiled after the first of them.
      { extends: true, test: { name: 'simulator', include: ['{sim,model,replay,scenarios}/**/*.test.ts'], isolate: false } },
      {
        extends: true,
        test: { name: 'command', include: ['{bin,tools}/**/*.test.{ts,tsx}'], exclude: leftOut.flatMap(({ files }) => files) },
      },
    ],
  },
});
