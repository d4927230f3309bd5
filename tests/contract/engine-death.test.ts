import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { asc, eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { beads, turns } from '@/drizzle/schema'
import { openDatabase } from '@/lib/db/client'
import { packageRoot } from '@/lib/root'
import { describeDatabases, type TestDatabase } from '../support/database'
import { passTime, runRow } from '../support/scripted-engine'
import { contextOf, someRun } from '../support/services'

interface Told {
  readonly child: ChildProcess
  /** Resolves with the text so far once it holds `words`, or when the process is gone. */
  until(words: string): Promise<string>
}

function startWorker({ home, url }: TestDatabase, script: string, hang: boolean): Told {
  const input = JSON.stringify({ home, ...(url === null ? {} : { url }), script, hang })
  const program = join(packageRoot(), 'tests/support/worker-process.ts')
  const child = spawn(process.execPath, ['--import', './cli/loader.mjs', program, input], {
    cwd: packageRoot(),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  const looks = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      text += String(chunk)
      for (const look of looks) look()
    })
  }
  const until = (words: string) =>
    new Promise<string>((resolve) => {
      const look = () => {
        if (text.includes(words)) resolve(text)
      }
      looks.add(look)
      child.on('close', () => resolve(text))
      look()
    })
  return { child, until }
}

describeDatabases((open) => {
  test('kill -9 in the middle of a step: another goes on from its last turn, and nothing is asked twice', async () => {
    const opened = await open()
    const run = await someRun(contextOf(opened))
    const script = join(opened.home, 'asked')
    // The embedded database belongs to one process at a time.
    if (opened.url === null) await opened.database.close()
    const first = startWorker(opened, script, true)
    expect(await first.until('hanging')).toContain('hanging')
    first.child.kill('SIGKILL')
    await new Promise((resolve) => first.child.on('close', resolve))
    expect(readFileSync(script, 'utf8')).toHaveLength(2)

    const between = await openDatabase({ home: opened.home, url: opened.url ?? undefined })
    const kept = await between.db.select().from(turns).where(eq(turns.runId, run)).orderBy(asc(turns.seq))
    expect(kept.map(({ toolResults }) => toolResults?.length ?? null)).toEqual([1, null])
    await passTime(between.db, run, 'lease')
    await between.close()

    const second = startWorker(opened, script, false)
    expect(await second.until('resumed')).toContain('resumed true')
    await new Promise((resolve) => second.child.on('close', resolve))
    expect(readFileSync(script, 'utf8')).toHaveLength(3)

    const later = await openDatabase({ home: opened.home, url: opened.url ?? undefined })
    expect(await runRow(later.db, run)).toMatchObject({ status: 'succeeded', turns: 3 })
    const all = await later.db.select().from(beads).where(eq(beads.runId, run)).orderBy(asc(beads.seq))
    expect(all.map(({ step, status }) => `${step} ${status}`)).toEqual([
      'prepare completed',
      'coder completed',
      'reviewer completed',
    ])
    await later.close()
  })
})
