import { defineConfig } from 'vitest/config'

/** Tests that take minutes and share the machine: one after the other. */
const HALF_HOUR = 1_800_000

export default defineConfig({
  test: {
    include: ['tests/real/**/*.test.ts', 'tests/soak/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: HALF_HOUR,
    hookTimeout: HALF_HOUR,
  },
})
