import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { branchOf, mirrorOf, tinyBench } from '@/bench/crash/tiny-bench'
import type { RunRecord } from '@/lib/core/record'
import { AppError } from '@/lib/errors'
import { commit, git, makeMirror } from '../support/forge-repositories'

test('a worker of the crash bench that was frozen before its commit does not put the branch back', async () => {
  const home = mkdtempSync(join(tmpdir(), 'devpilot-tiny-'))
  try {
    const mirror = makeMirror(mirrorOf(home), { 'README.md': 'one\n' })
    // Guarantees nothing: all that is read of it.
    const run = { id: 'run', state: { target: 'main' } } as RunRecord
    const branch = branchOf(run)
    let heirs = ''
    const frozen = tinyBench({
      home,
      run,
      tipOf: async () => '',
      beforeWrite: async () => {
        heirs = commit(mirror, { branch, from: git(mirror, ['rev-parse', 'main']), files: { b: 'two\n' } })
        throw new AppError('lease_lost', 'Another worker has this run now.')
      },
    })
    const written = frozen.workspace([]).writeFile({ path: 'a', content: 'one\n' })
    await expect(written).rejects.toMatchObject({ code: 'lease_lost' })
    expect(git(mirror, ['rev-parse', branch])).toBe(heirs)
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
})
