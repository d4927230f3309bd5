import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { users } from '@/drizzle/schema'
import { openRuntime, owner } from '@/lib/runtime'
import { type CliResult, devpilot, removed, temporaryFolder } from '../support/cli'
import { freePort } from '../support/port'
import { runAtGate } from '../support/services'
import { giveDatabase } from '../support/template'

/** An installation with two people; its owner asked for a run that waits at its gate. */
const home = temporaryFolder()
let env: Record<string, string> = {}
let gate = ''
let run = ''

beforeAll(async () => {
  await giveDatabase(home)
  const runtime = await openRuntime({ home })
  ;({ gate, run } = await runAtGate(runtime.context(owner('test'))))
  await runtime.database
    .as({ role: 'auth' })
    .insert(users)
    .values({ id: 'second', name: 'second', role: 'viewer' })
  await runtime.close()
  env = { DEVPILOT_HOME: home, DEVPILOT_PORT: String(await freePort()) }
})
afterAll(() => removed(home))

const cli = (...args: string[]): Promise<CliResult> => devpilot(args, { env })

describe('a gate that who asks may not approve', () => {
  it('waits for somebody else, and status says why and who may', async () => {
    const { stdout } = await cli('status')
    expect(stdout).toContain('Waiting for somebody else')
    expect(stdout).not.toContain('Waiting for you')
    expect(stdout).toContain('1 waiting for people; $0.00 in 14 days, for runs that have ended')
    expect(stdout).toContain('Who asked for a run cannot approve it. Ask another supervisor')
  })

  it('is not theirs to approve where the run is shown, and theirs to reject', async () => {
    const { stderr } = await cli('runs', 'show', run)
    expect(stderr).toContain('◆ Waiting at gate pre-merge-main: The flow asks for approval.')
    expect(stderr).toContain('  Somebody else has to approve it: you asked for the run.')
    expect(stderr).not.toContain('gate approve')
    expect(stderr).toContain(`gate reject ${gate} --reason`)
  })

  it('is not retried: its run waits, said in the words of its status', async () => {
    const { code, stderr } = await cli('runs', 'retry', run)
    expect(code).toBe(1)
    expect(stderr).toContain('A run that is waiting for people cannot be retried.')
  })

  it('is marked in the list', async () => {
    expect((await cli('gate')).stdout).toContain('waits for somebody else')
  })

  it('says so where it is shown, and refuses with who may', async () => {
    expect((await cli('gate', 'show', gate)).stdout).toMatch(/^you +Who asked for a run cannot approve it/m)
    const { code, stderr } = await cli('gate', 'approve', gate, '--yes')
    expect(code).toBe(1)
    expect(stderr).toMatch(/mend: +Ask another supervisor or administrator: one who neither asked for it/)
  })

  it('is not rejected by an example that was typed word for word', async () => {
    const { code, stderr } = await cli('gate', 'reject', gate, '--reason', '…')
    expect(code).toBe(1)
    expect(stderr).toMatch(/a rejection says why[\s\S]*mend: +Say it in words/)
  })

  it('is found when it is closed: by whom, when and why', async () => {
    expect((await cli('gate', 'list', '--closed')).stderr).toContain('No gate is closed yet.')
    expect((await cli('gate', 'reject', gate, '--reason', 'Not this year.')).code).toBe(0)
    const short = gate.slice(-8)
    expect((await cli('gate', 'list')).stderr).toContain('No gate waits')
    expect((await cli('gate', 'list', '--closed')).stdout).toMatch(
      new RegExp(`^${short} .* rejected  just now$`, 'm'),
    )
    const { stdout } = await cli('gate', 'show', short)
    expect(stdout).toMatch(/^rejected +by .*, just now: Not this year\.$/m)
    const { stderr } = await cli('gate', 'approve', short, '--yes')
    expect(stderr).toContain(`No gate "${short}" waits.`)
  })
})

describe('the audit log', () => {
  const entries = async (...flags: string[]) => {
    const { code, stdout, stderr } = await cli('audit', '--run', run, '--json', ...flags)
    expect(code, stderr).toBe(0)
    return JSON.parse(stdout).length
  }
  const today = new Date().toISOString().slice(0, 10)

  it.each([
    [['--actor', 'owner'], true],
    [['--actor', 'OWNER'], true],
    [['--actor', 'second'], false],
    [['--since', '1h'], true],
    [['--since', '2000-01-01', '--until', today], true],
    [['--until', '1d'], false],
    [['--since', '2999-01-01T00:00:00+01:00'], false],
    [['--until', '2000-01-01'], false],
  ])('narrowed by %j has entries: %s', async (flags, some) => {
    expect((await entries(...flags)) > 0).toBe(some)
  })
})
