import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Files that take minutes, most of it waiting: begun first, so that the others fill the time beside them. */
const slow = ['e2e/crash', 'e2e/cli-signals', 'contract/cli.', 'e2e/resume', 'e2e/dashboard-every-page']

class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isSlow = ({ moduleId }: TestSpecification) =>
      slow.some((name) => moduleId.includes(`/tests/${name}`))
    const sorted = await super.sort(files)
    return [...sorted.filter(isSlow), ...sorted.filter((file) => !isSlow(file))]
  }
}

export default defineConfig({
  resolve: { alias: { '@': fileURLToPath(new URL('.', import.meta.url)) } },
  test: {
    include: ['tests/**/*.test.ts', 'tests/**/*.test.tsx'],
    testTimeout: 120_000,
    hookTimeout: 180_000,
    // A busy machine is no reason to fail: what never comes fails all the same.
    expect: { poll: { timeout: 30_000 } },
    pool: 'forks',
    execArgv: ['--import', './cli/imports.mjs'],
    maxWorkers: 3,
    sequence: { sequencer: SlowFirst },
  },
})
