import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { packageRoot } from '@/lib/root'
import { giveDatabase } from '../support/template'

let home: string
beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'devpilot-asleep-'))
  await giveDatabase(home)
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

/** How a run ends whose step may be begun once alone, where its worker is silent for longer than its lease. */
async function endOf(busy: boolean): Promise<string> {
  const program = join(packageRoot(), 'tests/support/asleep-worker.ts')
  const input = JSON.stringify({ home, busy })
  const child = spawn(process.execPath, ['--import', './cli/loader.mjs', program, input], {
    cwd: packageRoot(),
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  child.stdout.on('data', (chunk) => {
    text += String(chunk)
  })
  const ended = new Promise((resolve) => child.once('close', resolve))
  await expect.poll(() => text, { timeout: 30_000 }).toContain('working')
  if (!busy) {
    // Until all is quiet.
    await sleep(1_000)
    child.kill('SIGSTOP')
    await sleep(4_000)
    child.kill('SIGCONT')
  }
  await ended
  return text.trim().split('\n').at(-1) ?? ''
}

test('a machine that slept is no fault of the step: it is begun again', async () => {
  expect(await endOf(false)).toBe('succeeded')
})

test('a step that lets nothing else on is one', async () => {
  expect(await endOf(true)).toMatch(/^failed The step coder was begun 1 times/)
})
