import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CliResult, devpilot, removed, temporaryFolder } from '../support/cli'
import { type ModelServer, modelServer, type Role, type Script } from '../support/model-server'
import { haveBubblewrap } from '../support/pipeline'
import { freePort } from '../support/port'
import { makeRepository, userGit } from '../support/repos'
import { codedWell, configFor, finish, script, smallProject, theEdit } from '../support/small-project'
import { giveDatabase } from '../support/template'

const able = await haveBubblewrap()
const home = temporaryFolder()
const parent = temporaryFolder()
/** The role whose next call is left hanging until its caller hangs up. */
let hang: Role | null = null
let hanging = (): void => undefined
let model: ModelServer
let root = ''
let env: Record<string, string> = {}
let run = ''

/** The first change is wrong, so that the flow comes through the debugger too. */
const wrongFirst: Script = script({
  coder: ({ turn }) =>
    turn === 0
      ? { calls: [['edit_file', { ...theEdit[1], new_text: 'return a * b + 0' }]] }
      : finish(codedWell),
  debugger: ({ turn }) =>
    turn === 0
      ? { calls: [['edit_file', { path: 'src/add.js', old_text: 'a * b + 0', new_text: 'a + b' }]] }
      : finish({
          status: 'fixed',
          root_cause: 'It multiplied.',
          hypotheses: [{ cause: 'The operator.', likelihood: 1, evidence: 'the test' }],
          confidence: 0.9,
        }),
})

beforeAll(async () => {
  model = await modelServer(async (ask) => {
    // In the middle of a step: its first turn is taken, its second is under way.
    const second = ask.role === 'planner' || ask.role === 'reviewer' ? 0 : 1
    if (hang === ask.role && ask.turn === second) {
      hang = null
      hanging()
      await ask.gone
    }
    return wrongFirst(ask)
  })
  root = makeRepository(parent, {
    ...smallProject,
    // Slow enough for a signal to come in between, wherever the tests are run.
    'test/slow.test.js':
      "import { test } from 'node:test'\ntest('is slow', () => new Promise((done) => setTimeout(done, 1500)))\n",
    'devpilot.yaml': configFor(model.url),
  })
  await giveDatabase(home)
  env = { DEVPILOT_HOME: home, DEVPILOT_PORT: String(await freePort()) }
})
afterAll(async () => {
  await model.close()
  removed(home, parent)
})

const cli = (args: readonly string[], interrupt?: { when: string | Promise<void>; signal: NodeJS.Signals }) =>
  devpilot(args, { cwd: root, env, ...(interrupt ? { interrupt } : {}) })

/** Stops a command by a signal in the middle of a model call of this role. */
function duringCall(args: readonly string[], role: Role, signal: NodeJS.Signals): Promise<CliResult> {
  hang = role
  const when = new Promise<void>((resolve) => {
    hanging = resolve
  })
  return cli(args, { when, signal })
}

const stopped = (result: CliResult) => {
  expect(result.code, result.stderr).toBe(2)
  expect(result.stderr).toContain(`devpilot runs resume ${run}`)
  expect(result.stderr).toContain(`devpilot runs cancel ${run}`)
}

interface Shown {
  readonly status: string
  readonly step: string
  readonly turns: number
  readonly beads: readonly { readonly step: string; readonly attempt: number; readonly status: string }[]
}

async function shown(): Promise<Shown> {
  return JSON.parse((await cli(['runs', 'show', run, '--json'])).stdout)
}

/** One run, stopped again and again: each test goes on where the one before was stopped. */
describe.skipIf(!able)('SIGINT and SIGTERM to the command line', () => {
  const resume = () => ['runs', 'resume', run]

  it('in prepare', async () => {
    const result = await cli(['run', '--task', 'add() must add.', '--flow', 'issue'], {
      when: 'prepare',
      signal: 'SIGINT',
    })
    run = /devpilot runs resume ([0-9a-f-]{36})/.exec(result.stderr)?.[1] ?? ''
    stopped(result)
    expect(await shown()).toMatchObject({ step: 'prepare', turns: 0 })
    expect(model.asked).toHaveLength(0)
  })

  it.each([
    ['planner', 'SIGTERM', 0],
    ['coder', 'SIGINT', 2],
    ['reviewer', 'SIGTERM', 3],
    ['tester', 'SIGINT', 5],
    ['debugger', 'SIGTERM', 7],
  ] as const)('in a call of the %s (%s)', async (role, signal, turns) => {
    stopped(await duringCall(resume(), role, signal))
    expect(await shown()).toMatchObject({ step: role, turns })
    expect(model.asked.at(-1)).toMatchObject({ role, answered: false })
  })

  it('in the test run of the tester', async () => {
    stopped(await cli(resume(), { when: 'tester', signal: 'SIGINT' }))
    expect(await shown()).toMatchObject({ step: 'tester', turns: 8 })
  })

  it('between pr and gate, by a worker', async () => {
    const result = await cli(['worker'], { when: 'pull request', signal: 'SIGTERM' })
    expect(result.code, result.stderr).toBe(0)
  })

  it('at the gate nothing is running, and the command has said what is to be done', async () => {
    const result = await cli(resume())
    expect(result.code, result.stderr).toBe(3)
    expect(result.stderr).toContain('devpilot gate approve')
  })

  it('in the merge', async () => {
    const result = await cli(['gate', 'approve', '--yes'], {
      when: '⇢ merge',
      signal: 'SIGINT',
    })
    // The signal may come when the merge is done already.
    expect([0, 2], result.stderr).toContain(result.code)
    if (result.code === 2) stopped(result)
  })

  it('and then it goes to its end: every step once, nothing paid twice, merged once', async () => {
    const last = await shown()
    if (last.status !== 'succeeded') {
      const result = await cli(resume())
      expect(result.code, result.stderr).toBe(0)
    }
    const view = await shown()
    expect(view.status).toBe('succeeded')
    expect(view.beads.filter((bead) => bead.status !== 'skipped').map((bead) => bead.step)).toEqual([
      ...['prepare', 'planner', 'coder', 'reviewer', 'tester', 'debugger', 'tester'],
      ...['pr', 'evaluate', 'gate:pre-merge-main', 'merge', 'reflect'],
    ])
    const answered = model.asked.filter((call) => call.answered)
    expect(new Set(answered.map((call) => call.body)).size).toBe(answered.length)
    expect(answered).toHaveLength(view.turns)
    expect(model.asked.filter((call) => !call.answered)).toHaveLength(5)
    // The first commit, and the change as one.
    expect(userGit(root, 'rev-list', '--count', 'main')).toBe('2')
    expect(readFileSync(join(root, 'src/add.js'), 'utf8')).toContain('a + b')
    expect(userGit(root, 'status', '--porcelain')).toBe('')
    const verified = await cli(['audit', 'verify', '--json'])
    expect([verified.code, JSON.parse(verified.stdout).ok]).toEqual([0, true])
  })
})
