import { existsSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { runs } from '@/drizzle/schema'
import { sweepCheckouts, sweepLayers } from '@/lib/runtime/sweep'
import { signalRun } from '@/lib/services/runs/signal'
import { describeDatabases } from '../support/database'
import { contextOf, someRun } from '../support/services'

describeDatabases((open) => {
  test('checkouts of ended runs are removed; those of failed, open and unknown ones stay', async () => {
    const opened = await open()
    const ctx = contextOf(opened)
    const checkout = (name: string) => {
      const root = join(opened.home, 'worktrees', name)
      for (const part of ['files', 'check', 'home']) mkdirSync(join(root, part), { recursive: true })
      writeFileSync(join(root, 'files', 'a.txt'), 'a')
      return root
    }
    const cancelled = await someRun(ctx)
    await signalRun({ ctx, input: { kind: 'cancel', run: cancelled } })
    const failed = await someRun(ctx)
    await ctx.db.update(runs).set({ status: 'failed' }).where(eq(runs.id, failed))
    const gone = checkout(cancelled)
    const unknown = '01890a5d-ac96-774b-bcce-b302099a8057'
    const kept = [failed, await someRun(ctx), unknown, 'notes'].map(checkout)
    await sweepCheckouts(ctx.db, opened.home)
    expect(existsSync(gone)).toBe(false)
    expect(kept.filter((root) => !existsSync(join(root, 'files', 'a.txt')))).toEqual([])
  })

  test('dependency layers that nobody used for 30 days are removed, and no other', async () => {
    const { home } = await open()
    const layer = (name: string, days: number) => {
      const root = join(home, 'cache', 'deps', name)
      mkdirSync(root, { recursive: true })
      const ready = join(root, 'ready.json')
      writeFileSync(ready, '{}')
      const at = new Date(Date.now() - days * 86_400_000)
      utimesSync(ready, at, at)
      return root
    }
    const [old, used, building] = [layer('a', 31), layer('b', 29), layer('c.building', 31)]
    await sweepLayers(home, Date.now())
    expect([old, used, building].map((root) => existsSync(root))).toEqual([false, true, true])
    await sweepLayers(join(home, 'nowhere'), Date.now())
  })
})
