import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{sim,model,replay,scenarios,bin,tools}/**/*.test.{ts,tsx}'],
    environment: 'node',
    pool: 'threads',
    maxWorkers: 2,
  },
});
