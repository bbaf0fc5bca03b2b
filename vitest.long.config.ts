import { defineConfig } from 'vitest/config'
import { SummaryReporter } from './tests/lib/summary-reporter.ts'

/** Tests that take minutes and share the machine: one after the other. */
const HALF_HOUR = 1_800_000

export default defineConfig({
  test: {
    include: ['tests/real/**/*.test.ts', 'tests/soak/**/*.test.ts'],
    reporters: ['verbose', new SummaryReporter()],
    fileParallelism: false,
    testTimeout: HALF_HOUR,
    hookTimeout: HALF_HOUR,
  },
})
