import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{sim,model,replay,scenarios,bin,tools}/**/*.test.{ts,tsx}'],
    environment: 'node',
    pool: 'threads',
    maxWorkers: 2,
    // Many tests start the command, on machines that have other things to do.
    testTimeout: 60_000,
  },
});
