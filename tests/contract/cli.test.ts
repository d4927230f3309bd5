import { execFileSync } from 'node:child_process'
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packageRoot } from '@/lib/root'
import { parseConfig } from '@/lib/workspace/config/parse'
import { unreadWarnings } from '@/lib/workspace/config/unread'
import { type CliOptions, devpilot, madeRepository, removed, temporaryFolder } from '../support/cli'
import { freePort } from '../support/port'
import { giveDatabase } from '../support/template'

const home = temporaryFolder()
const folders: string[] = [home]
let env: Record<string, string> = {}

const npmFiles = {
  'package.json': '{"name":"tiny","license":"MIT","author":"Ada","scripts":{"test":"node --test"}}',
  'x.js': 'export const x = 1\n',
}

beforeAll(async () => {
  await giveDatabase(home)
  env = { DEVPILOT_HOME: home, DEVPILOT_PORT: String(await freePort()) }
})
afterAll(() => removed(...folders))

function made(files: Record<string, string>, branch?: string): string {
  const root = madeRepository(files, branch)
  folders.push(root)
  return root
}

const cli = (args: string[], options: CliOptions = {}) =>
  devpilot(args, { ...options, env: { ...env, ...options.env } })

describe.concurrent('bad input', () => {
  it.each([
    [['run'], 'Nothing says what is to be done', '--task'],
    [['run', '--task', 'x', '--budget', 'much'], '--budget: "much" is no number', 'Give a number'],
    [['run', '--task', 'x', '--budget', '-1'], '--budget: -1 is not above 0', 'Give a number above 0'],
    [['run', '--task', ''], '--task: nothing stands there', 'Give a text'],
    [['run', '--task', 'x', '--provider', 'antropic'], 'Did you mean "anthropic"?', 'One of openai'],
    [['key', 'create', 'x', '--scopes', 'read,foo'], '--scopes: there is no "foo"', 'One of read'],
    [['key', 'create', ''], 'error: name: nothing stands there', 'See `--help`'],
    [['run', '--task', 'x', '--task-file', 'y'], '--task and --task-file', 'one of them'],
    [
      ['run', '--task-file', '/nowhere/task.md'],
      '--task-file: /nowhere/task.md cannot be read (ENOENT)',
      'text file',
    ],
    [['run', '--task', 'x', '--repo', '/nowhere'], '/nowhere', 'git repository'],
    [['run', '--task', 'x', '--trigger', 'sunday'], '--trigger: there is no "sunday"', 'One of'],
    [['run', '--task', 'x', '--provider', 'recorded'], '--recording', '--recording <file>'],
    [['agent', 'coda', '--task', 'x'], 'no agent "coda". Did you mean "coder"?', 'Agents are'],
    [['agent', 'coder'], 'Nothing says what the coder is to do', '--task'],
    [['gate', 'reject'], 'A rejection says why', '--reason'],
    [['completion', 'tcsh'], 'no completion for "tcsh"', 'bash, zsh and fish'],
    [['runs', 'list', '--status', 'runing'], 'Did you mean "running"?', 'Statuses are'],
    [['runs', '--since', 'soon'], '--since: "soon" is no day, time or span', 'Say 24h'],
    [['audit', '--since', 'soon'], '--since: "soon" is no day, time or span', 'Say 24h'],
    [['audit', '--until', '2026-02-30'], '--until: "2026-02-30" is no day', 'Say 24h'],
    [['audit', '--actor', ' '], '--actor: nothing stands there', 'Give a text'],
    [
      ['audit', '--since', '2026-03-02', '--until', '2026-03-01'],
      '--until: 2026-03-01 is not after --since 2026-03-02',
      'later end',
    ],
    [['scaffold', '--write', '--pr'], '--write and --pr', 'pull request'],
    [['init', '--integrations', 'githup'], 'Did you mean "github"?', 'Integrations are'],
  ])('%j', async (args, message, mend) => {
    const cwd = made(npmFiles)
    const { code, stdout, stderr } = await cli(args, { cwd })
    expect(code).toBe(1)
    expect(stdout).toBe('')
    expect(stderr).toContain(message)
    expect(stderr).toContain(mend)
  })

  it.each([
    [['rnu'], 'Did you mean run?'],
    [['gate', 'aprove'], 'Did you mean approve?'],
    [['runs', 'lst'], 'Did you mean list?'],
    [['audit', 'verfy'], 'Did you mean verify?'],
    [['audit', 'verify', '--since', '2d'], "'verify' takes no '--since'"],
    [['audit', '--last', '3', 'export'], "'export' takes no '--last'"],
    [['help', 'stauts'], 'Did you mean status?'],
    [['stauts', '--help'], 'Did you mean status?'],
    [['help', 'gate', 'aprove'], 'Did you mean approve?'],
    [['gate', 'aprove', '--help'], 'Did you mean approve?'],
    [['run', '--tsak', 'x'], 'Did you mean --task?'],
    [['run', 'Mend the parser'], 'is said with --task'],
    [['logs'], 'missing required argument'],
  ])('%j is refused by name', async (args, message) => {
    const { code, stderr } = await cli(args)
    expect(code).toBe(1)
    expect(stderr).toContain(message)
    expect(stderr).not.toContain('Examples:')
  })

  it('names a mend that works in an empty folder', async () => {
    const cwd = temporaryFolder()
    folders.push(cwd)
    const { stderr } = await cli(['run', '--task', 'x'], { cwd })
    const commands = /mend: +Make it one: (.*)/.exec(stderr)?.[1] ?? ''
    const who = { GIT_AUTHOR_NAME: 'Ada', GIT_AUTHOR_EMAIL: 'ada@example.org' }
    const env = { ...process.env, ...who, GIT_COMMITTER_NAME: 'Ada', GIT_COMMITTER_EMAIL: 'ada@example.org' }
    execFileSync('sh', ['-c', commands], { env, stdio: 'pipe' })
    expect(execFileSync('git', ['rev-list', '--count', 'HEAD'], { cwd }).toString().trim()).toBe('1')
  })

  it('says an error as JSON on stderr with --json', async () => {
    const { code, stdout, stderr } = await cli(['run', '--json'])
    expect(code).toBe(1)
    expect(stdout).toBe('')
    expect(JSON.parse(stderr).error).toMatchObject({ code: 'bad_request' })
  })

  it('names line and column of a wrong --config before anything is started', async () => {
    const cwd = made({ ...npmFiles, 'other.yaml': 'agents:\n  codr: {}\n' })
    const { code, stderr } = await cli(['run', '--task', 'x', '--config', 'other.yaml'], { cwd })
    expect(code).toBe(1)
    expect(stderr).toContain('other.yaml:2:3 agents.codr: unknown key. Did you mean "coder"?')
  })

  it('names every wrong variable of the environment', async () => {
    const { code, stderr } = await cli(['status'], { env: { DEVPILOT_PORT: 'x', DATABASE_URL: 'mysql://a' } })
    expect(code).toBe(1)
    expect(stderr).toContain('DEVPILOT_PORT')
    expect(stderr).toContain('DATABASE_URL')
  })

  it('does not fall back to this process when a named server is away', async () => {
    const { code, stderr } = await cli(['status'], {
      env: { DEVPILOT_URL: `http://127.0.0.1:${await freePort()}` },
    })
    expect(code).toBe(1)
    expect(stderr).toContain('cannot be reached')
    expect(stderr).toContain('unset DEVPILOT_URL')
    expect(stderr).not.toContain('fault of DevPilot')
  })
})

describe('help', () => {
  it('comes from a file, and is the program’s own', async () => {
    const quick = await cli(['--help'])
    expect(quick.stdout).toContain('Examples:')
    expect((await cli(['gate', 'approve', '--help'])).stdout).toContain('Usage: devpilot gate approve')
    expect((await cli(['help', 'runs', 'retry'])).stdout).toContain('--from <step>')
    expect((await cli(['help', 'runs', 'show', 'last'])).stdout).toContain('Usage: devpilot runs show')
    expect((await cli([])).code).toBe(0)
    process.stdout.write(`devpilot --help took ${Math.round(quick.ms)} ms\n`)
  })

  it('prints a version', async () => {
    expect((await cli(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
  })

  it('ends with its launcher, even when that is killed by SIGKILL', async () => {
    const folder = temporaryFolder()
    folders.push(folder)
    // The output is closed only once both are gone.
    const { stderr } = await cli(['worker'], {
      env: { DEVPILOT_HOME: folder },
      interrupt: { when: 'Working', signal: 'SIGKILL' },
    })
    expect(stderr).toContain('Stopping')
  })

  it('works through a link from any folder', async () => {
    const folder = temporaryFolder()
    folders.push(folder)
    symlinkSync(join(packageRoot(), 'cli', 'devpilot.mjs'), join(folder, 'devpilot'))
    expect(
      execFileSync(join(folder, 'devpilot'), ['completion', 'bash'], { cwd: folder }).toString(),
    ).toContain('_devpilot')
  })
})

describe.concurrent('init', () => {
  it('writes a configuration that is valid and what the repository is', async () => {
    const cwd = made(npmFiles, 'trunk')
    const { code, stdout, stderr } = await cli(
      ['init', '--yes', '--json', '--ci', 'github-actions', '--integrations', 'github,slack'],
      { cwd },
    )
    expect(code).toBe(0)
    expect(JSON.parse(stdout).written).toEqual([
      'devpilot.yaml',
      '.devpilot/devpilot.schema.json',
      '.github/workflows/devpilot.yml',
    ])
    const text = readFileSync(join(cwd, 'devpilot.yaml'), 'utf8')
    expect(text).toMatch(/^# yaml-language-server: \$schema=\.devpilot\/devpilot\.schema\.json\n/)
    const config = parseConfig(text)
    expect(config.project).toMatchObject({ name: 'tiny', language: 'javascript', main_branch: 'trunk' })
    expect(config.integrations.github.auto_label_prs).toBe(true)
    expect(unreadWarnings(text)).toEqual([])
    expect(stderr).toContain('slack: no effect in this version')
  })

  it('overwrites nothing without --force, and asks nothing without a terminal', async () => {
    const cwd = made({ ...npmFiles, 'devpilot.yaml': 'project: {}\n' })
    const refused = await cli(['init'], { cwd })
    expect(refused.code).toBe(1)
    expect(refused.stderr).toContain('devpilot.yaml is there already')
    expect(readFileSync(join(cwd, 'devpilot.yaml'), 'utf8')).toBe('project: {}\n')
    expect((await cli(['init', '--force'], { cwd })).code).toBe(0)
  })

  it('follows no link out of the repository', async () => {
    const cwd = made(npmFiles)
    const outside = join(home, 'outside.yaml')
    writeFileSync(outside, 'mine\n')
    symlinkSync(outside, join(cwd, 'devpilot.yaml'))
    expect((await cli(['init', '--force'], { cwd })).code).toBe(1)
    expect(readFileSync(outside, 'utf8')).toBe('mine\n')
  })

  it.each([
    ['go', { 'go.mod': 'module example.org/x\n', 'a.go': 'package x\n', 'a_test.go': 'package x\n' }],
    ['python', { 'pyproject.toml': '[project]\nname="p"\n', 'tests/test_a.py': 'def test_a(): pass\n' }],
    [null, { 'notes.txt': 'hello\n' }],
  ])('works on %s', async (language, files) => {
    const { code, stdout } = await cli(['init', '--json'], { cwd: made(files) })
    expect(code).toBe(0)
    expect(JSON.parse(stdout).language).toBe(language)
  })
})

describe('a run from the command line', () => {
  it('waits at its gate, is approved, and is merged; each command says so by its exit code', async () => {
    const cwd = made(npmFiles)
    const run = await cli(['scaffold', '--pr', '--json'], { cwd })
    expect(run.stderr).toContain('working in this process')
    expect(run.code, run.stderr).toBe(3)
    const view = JSON.parse(run.stdout)
    expect(view).toMatchObject({ status: 'waiting_gate', flow: 'scaffold' })
    expect(run.stderr).toContain(`devpilot gate approve ${view.gateId}`)

    const unanswered = await cli(['gate', 'approve', '--id', 'pre-merge-main'], { cwd })
    expect(unanswered.code).toBe(1)
    expect(unanswered.stderr).toContain('Answer it with --yes')

    const approved = await cli(['gate', 'approve', '--id', 'pre-merge-main', '--yes', '--json'], { cwd })
    expect(approved.code, approved.stderr).toBe(0)
    expect(JSON.parse(approved.stdout).pullRequest.state).toBe('merged')
    expect(approved.stderr).not.toContain('prepare')
    expect(readFileSync(join(cwd, 'CONTRIBUTING.md'), 'utf8')).toContain('npm test')

    const log = await cli(['logs', 'last', '--json'])
    expect(
      log.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).kind),
    ).toContain('gate')
    const audit = await cli(['audit', '--last', '3', '--json'])
    expect(JSON.parse(audit.stdout)).toHaveLength(3)
    const read = (await cli(['audit', '--action', 'run.started', '--last', '1'])).stdout
    expect(read).toContain('run.started')
    expect(read).toContain('flow scaffold')
    expect(read).not.toMatch(/[{}]/)
    const verified = await cli(['audit', 'verify', '--json'])
    expect([verified.code, JSON.parse(verified.stdout).ok]).toEqual([0, true])
    const exported = (await cli(['audit', 'export'])).stdout.trim().split('\n')
    expect(exported.map((line) => JSON.parse(line).action)).toContain('approved')
    const some = (await cli(['audit', 'export', '--action', 'run.*', '--since', '1d'])).stdout
      .trim()
      .split('\n')
    expect(some.map((line) => JSON.parse(line).action)).toContain('run.started')
    expect(some.length).toBeLessThan(exported.length)
    expect((await cli(['audit', 'export', '--actor', 'nobody'])).stdout).toBe('')
  })

  it('ends with 5 when the run failed, and says what mends it', async () => {
    // A setup that fails is found by the run alone.
    const cwd = made({ ...npmFiles, 'devpilot.yaml': 'project:\n  setup_command: "exit 7"\n' })
    const { code, stdout, stderr } = await cli(['run', '--flow', 'scaffold'], { cwd })
    expect(code, stderr).toBe(5)
    expect(stdout).toContain('✗ Failed: ')
    expect(stderr).toMatch(/devpilot runs retry [0-9a-f-]{36}/)
    expect(stdout).not.toContain('\u001b[')
  })

  it.each(['SIGINT', 'SIGTERM'] as const)('%s leaves it resumable, and it is', async (signal) => {
    const cwd = made({ ...npmFiles, 'devpilot.yaml': `project:\n  setup_command: "sleep 3 # ${signal}"\n` })
    const stopped = await cli(['run', '--flow', 'scaffold'], { cwd, interrupt: { when: 'sleep 3', signal } })
    expect(stopped.code, stopped.stderr).toBe(2)
    const id = /devpilot runs resume ([0-9a-f-]{36})/.exec(stopped.stderr)?.[1] ?? ''
    const resumed = await cli(['runs', 'resume', id, '--json'], { cwd })
    expect(resumed.code, resumed.stderr).toBe(3)
    const rejected = await cli([
      'gate',
      'reject',
      JSON.parse(resumed.stdout).gateId,
      '--reason',
      'not now',
      '--json',
    ])
    expect(rejected.code).toBe(0)
    expect(JSON.parse((await cli(['runs', 'show', id, '--json'])).stdout).status).toBe('rejected')
  })

  it('--detach leaves it queued, and cancel ends it', async () => {
    const cwd = made(npmFiles)
    const queued = await cli(['run', '--task', 'x', '--detach'], { cwd })
    expect(queued.code).toBe(0)
    const id = queued.stdout.trim()
    expect(id).toMatch(/^[0-9a-f-]{36}$/)
    const cancelled = await cli(['runs', 'cancel', id, '--json'])
    expect(JSON.parse(cancelled.stdout).status).toBe('cancelled')
    const again = await cli(['runs', 'cancel', id])
    expect(again.code).toBe(1)
  })
})

describe('other commands', () => {
  it('status, runs, gate, doctor and migrate give JSON and nothing else on stdout', async () => {
    for (const args of [
      ['status'],
      ['runs'],
      ['gate'],
      ['doctor'],
      ['migrate'],
      ['scaffold'],
      ['completion', 'zsh'],
    ]) {
      const { stdout, stderr } = await cli([...args, '--json'], { cwd: made(npmFiles) })
      expect(() => JSON.parse(stdout), `${args.join(' ')}: ${stderr}`).not.toThrow()
    }
    const before = await cli(['--json', 'runs', 'list'], { cwd: made(npmFiles) })
    expect(() => JSON.parse(before.stdout), before.stderr).not.toThrow()
  })

  it('doctor calls a repository vital that it was told to look at', async () => {
    const { code, stdout } = await cli(['doctor', '--repo', '/no/such/place'])
    expect(code).toBe(1)
    expect(stdout).toMatch(/✗ +repository/)
  })

  it('doctor names no secret', async () => {
    const key = 'sk-ant-not-a-real-key-0123456789'
    const { stdout, stderr } = await cli(['doctor'], { cwd: made(npmFiles), env: { ANTHROPIC_API_KEY: key } })
    expect(stdout).toContain('ANTHROPIC_API_KEY')
    expect(stdout + stderr).not.toContain(key)
  })

  it('scaffold --write writes what is missing, and its log is sent by a later command', async () => {
    const cwd = made({ ...npmFiles, 'README.md': 'mine\n' })
    const { code, stdout } = await cli(['scaffold', '--write', '--json'], { cwd })
    expect(code).toBe(0)
    expect(JSON.parse(stdout).written).toContain('LICENSE')
    expect(readFileSync(join(cwd, 'README.md'), 'utf8')).toBe('mine\n')
    const runs = JSON.parse((await cli(['runs', '--json'])).stdout).items
    expect(runs[0]).toMatchObject({ source: 'ingest', title: 'scaffold', status: 'succeeded' })
  })

  it('worker does what is queued, and hands back when it is stopped', async () => {
    const cwd = made(npmFiles)
    const id = (await cli(['run', '--flow', 'scaffold', '--detach'], { cwd })).stdout.trim()
    const worker = await cli(['worker'], { interrupt: { when: 'Working:', signal: 'SIGTERM' } })
    expect(worker.code, worker.stderr).toBe(0)
    expect(JSON.parse((await cli(['runs', 'show', id, '--json'])).stdout).status).not.toBe('failed')
  })
})
