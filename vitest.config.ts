import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: { include: ['tests/**/*.test.ts'], exclude: ['tests/real/**', 'tests/soak/**'], testTimeout: 60_000, hookTimeout: 60_000 },
})
