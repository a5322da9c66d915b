import { defineConfig } from 'vitest/config';

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
      { extends: true, test: { name: 'command', include: ['{bin,tools}/**/*.test.{ts,tsx}'] } },
    ],
  },
});
