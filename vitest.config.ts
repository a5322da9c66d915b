import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{sim,model,replay,scenarios,bin,tools}/**/*.test.{ts,tsx}'],
    environment: 'node',
    pool: 'threads',
    maxWorkers: 2,
    // Against tests that hang, not slow ones: many start the command, or hunt over many seeds, on machines that have other
    // things to do. One bound for all, so that none has a tighter one.
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
});
