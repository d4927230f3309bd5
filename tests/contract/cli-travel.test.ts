import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packageFile } from '@/lib/root'
import { openRuntime, owner } from '@/lib/runtime'
import { devpilot, removed, temporaryFolder } from '../support/cli'
import { deadRun } from '../support/dead-run'
import { freePort } from '../support/port'
import { giveDatabase } from '../support/template'

const home = temporaryFolder()
let env: Record<string, string> = {}
let runs: string[] = []
const cli = (...args: string[]) => devpilot(args, { env })

beforeAll(async () => {
  await giveDatabase(home)
  env = { DEVPILOT_HOME: home, DEVPILOT_PORT: String(await freePort()) }
  const runtime = await openRuntime({ home })
  const ctx = { ...runtime.context(owner('test')), db: runtime.database.db }
  runs = [await deadRun(ctx), await deadRun(ctx), await deadRun(ctx)]
  await runtime.close()
})
afterAll(() => removed(home))

describe('bad input', () => {
  it.each([
    [['--prompt', 'coder.md'], '--prompt: "coder.md" is no name=value', '--prompt coder=my-coder.md'],
    [['--prompt', 'codr=x.md'], 'no prompt "codr". Did you mean "coder"?', 'They are planner'],
    [['--prompt', 'coder=/nowhere.md'], '/nowhere.md cannot be read (ENOENT)', 'text file'],
    [['--model', 'reviwer=gpt-4.1'], 'no agent "reviwer". Did you mean "reviewer"?', 'They are planner'],
    [['--provider', 'nobody'], '--provider: there is no "nobody"', 'One of openai'],
    [['--turn', 'x'], '--turn: "x" is no number', 'Give a number'],
    [['--turn', '1'], '--turn: it is not said of which step or bead', 'Give --at'],
    [['--at', 'merge'], 'has done no step "merge"', 'prepare, planner'],
    [['--at', 'planner', '--turn', '9'], 'planner (bead 2) has no turns', 'Leave --turn out'],
  ])('runs fork %j', async (args, message, mend) => {
    const { code, stdout, stderr } = await cli('runs', 'fork', runs[0] ?? '', ...args)
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toContain(message)
    expect(stderr).toContain(mend)
  })

  it('runs fork names a placeholder that is unknown, with its line', async () => {
    const file = join(home, 'mine.md')
    const text = packageFile('prompts/coder.md').replace('placeholders: [', 'placeholders: [isue, ')
    writeFileSync(file, text.replace('# Task\n', '# Task\n{{isue}}\n'))
    const { code, stderr } = await cli('runs', 'fork', runs[0] ?? '', '--prompt', `coder=${file}`)
    expect(code).toBe(1)
    expect(stderr).toMatch(/unknown placeholder \{\{isue\}\}\. Did you mean \{\{issue\}\}\?/)
    expect(stderr).toMatch(/coder\.md:\d+/)
  })
})

describe('a run on record', () => {
  it('is forked at a step', async () => {
    const { code, stdout } = await cli(
      'runs',
      'fork',
      runs[0] ?? '',
      '--at',
      'planner',
      '--model',
      'coder=other',
      '--detach',
      '--json',
    )
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ forkOf: runs[0], status: 'queued', step: 'planner' })
    const shown = await cli('runs', 'show', JSON.parse(stdout).id)
    expect(shown.stdout).toContain(`forked from  ${runs[0]} at planner (bead 2)`)
  })

  it('is replayed: 0 when it is the same, as text and as data', async () => {
    const { code, stdout } = await cli('runs', 'replay', runs[0] ?? '')
    expect(code).toBe(0)
    expect(stdout).toContain('The same in 3 moves of the router; no turn was taken.')
    const { stdout: data } = await cli('runs', 'replay', runs[0] ?? '', '--json')
    expect(JSON.parse(data)).toMatchObject({ same: true, beads: [], route: { parting: null } })
  })

  it('is replayed with its tools: 1 when none of them could be run', async () => {
    const { code, stdout } = await cli('runs', 'replay', runs[0] ?? '', '--tools')
    expect(code).toBe(1)
    expect(stdout).toContain('Its tools could not be compared: ')
    const { stdout: data } = await cli('runs', 'replay', runs[0] ?? '', '--tools', '--json')
    expect(JSON.parse(data)).toMatchObject({ same: false, tools: { ran: 0 } })
  })
})

describe('runs that were given up', () => {
  it('are listed with the reason, and put back: one, then all', async () => {
    const listed = await cli('runs', '--dead')
    expect([listed.code, listed.stdout.trim().split('\n').length]).toEqual([0, 3])
    expect(listed.stdout).toMatch(/planner, 1 try \s+(?:just now|\dm ago)\s+The model is overloaded\./)
    expect((await cli('status')).stdout).toContain('3 runs were given up')
    const [first = ''] = runs
    const one = await cli('runs', '--dead', '--requeue', first.slice(-8), '--reason', 'it is back')
    expect([one.code, one.stdout]).toEqual([0, expect.stringContaining('goes on at planner')])
    expect(one.stderr).toContain('2 runs are still given up.')
    const wrong = await cli('runs', '--dead', '--requeue', first, '--json')
    expect(wrong.code).toBe(1)
    expect(JSON.parse(wrong.stdout).results).toMatchObject([
      { ok: false, error: { code: 'illegal_transition' } },
    ])
    const all = await cli('runs', '--dead', '--requeue', '--json')
    expect(JSON.parse(all.stdout)).toMatchObject({ left: 0, results: [{ ok: true }, { ok: true }] })
    expect((await cli('runs', '--dead')).stderr).toContain('No run was given up.')
  })
})
