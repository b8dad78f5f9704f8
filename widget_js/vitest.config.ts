import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/real-server.ts'],
    // Tests talk to real servers on this machine; more at once than it has cores makes them wait for each other.
    maxWorkers: 2,
    testTimeout: 30_000,
  },
});
