import type { Framework } from '@/lib/workspace/project/project'
import { cargoTest } from '@/lib/workspace/project/runners/cargo-test'
import { goTest } from '@/lib/workspace/project/runners/go-test'
import { jest } from '@/lib/workspace/project/runners/jest'
import { mocha } from '@/lib/workspace/project/runners/mocha'
import { nodeTest } from '@/lib/workspace/project/runners/node-test'
import { pytest } from '@/lib/workspace/project/runners/pytest'
import type { TestRunner } from '@/lib/workspace/project/runners/runner'
import { unittest } from '@/lib/workspace/project/runners/unittest'
import { vitest } from '@/lib/workspace/project/runners/vitest'

/** A framework that nobody knows: its exit code is all that counts. */
const exitCodeOnly: TestRunner = {
  plan: ({ command }) => ({ command, report: null, coverageReport: null, helpers: [] }),
  parse: () => null,
}

export const runners: Readonly<Record<Framework, TestRunner>> = {
  vitest,
  jest,
  mocha,
  'node-test': nodeTest,
  pytest,
  unittest,
  'go-test': goTest,
  'cargo-test': cargoTest,
  unknown: exitCodeOnly,
}
