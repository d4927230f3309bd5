import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createStore } from '@/lib/db/store'
import { copyAudit } from '@/lib/runtime/audit-copy'
import { signalRun } from '@/lib/services/runs/signal'
import { startRun } from '@/lib/services/runs/start'
import { describeDatabases } from '../support/database'
import { makeRepository, temporaryFolder } from '../support/repos'
import { contextOf } from '../support/services'

describeDatabases((open) => {
  test('the copy of the audit log has each line once, however many write it at once', async () => {
    const ctx = contextOf(await open())
    const folder = temporaryFolder('audit-copy')
    const root = makeRepository(folder.path, { 'a.txt': 'a\n' })
    const { id } = await startRun({ ctx, input: { repository: root, task: 'Mend it' } })
    const store = createStore(ctx.db)
    const claim = await store.claim({ owner: 'w', leaseMs: 60_000 })
    if (!claim) throw new Error('nothing was claimed')
    const run = await store.load(claim)
    const copy = () => Promise.all(Array.from({ length: 5 }, () => copyAudit(ctx.db, run)))
    const seen = () =>
      readFileSync(join(root, '.devpilot/audit.jsonl'), 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).action)
    await copy()
    expect(seen()).toEqual(['run.started'])
    await signalRun({ ctx, input: { run: id, kind: 'cancel' } })
    await copy()
    expect(seen()).toEqual(['run.started', 'run.cancelled'])
    folder.dispose()
  })
})
