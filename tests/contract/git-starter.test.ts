import { execFileSync, spawn } from 'node:child_process'
import { expect, it } from 'vitest'
import { packageRoot } from '@/lib/root'
import { git, gitText } from '@/lib/workspace/git/run'

/** A git that takes its time, as an alias of its own. */
const slow = (seconds: number) => ['-c', `alias.wait=!sleep ${seconds}`, 'wait']

const children = (pid: number): number[] =>
  execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(pid)], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes('starter.mjs'))
    .map((line) => Number.parseInt(line, 10))

it('a call whose starter is killed is an error that is tried again, and the next one works', async () => {
  expect(await gitText(['version'])).toMatch(/^git version/)
  const call = git(slow(30)).catch((error: unknown) => error)
  const [pid = 0] = children(process.pid)
  process.kill(pid, 'SIGKILL')
  expect(await call).toMatchObject({ code: 'git_error', transient: true })
  expect(await gitText(['version'])).toMatch(/^git version/)
})

it('a call whose git is killed by somebody else is an error that is tried again', async () => {
  const call = git(['-c', 'alias.die=!kill -9 $PPID', 'die']).catch((error: unknown) => error)
  expect(await call).toMatchObject({ code: 'git_error', transient: true })
})

it('calls at once get each their own output, whole', async () => {
  const texts = Array.from({ length: 20 }, (_, at) => `${at}:${'x'.repeat(at * 40_000)}`)
  const answers = await Promise.all(
    texts.map((input) =>
      git(['-c', 'alias.say=!cat', 'say'], { input }).then(({ stdout }) => String(stdout)),
    ),
  )
  expect(answers).toEqual(texts)
})

it('ends with the process that it works for, and not before what it began', async () => {
  const program = `import { git } from '@/lib/workspace/git/run'
    await git(['version']); console.log('ready'); await git(['-c', 'alias.wait=!sleep 2', 'wait'])`
  const parent = spawn(
    process.execPath,
    ['--import', './cli/loader.mjs', '--input-type=module', '-e', program],
    { cwd: packageRoot(), stdio: ['ignore', 'pipe', 'inherit'] },
  )
  await new Promise((resolve) => parent.stdout.once('data', resolve))
  const [starter = 0] = children(parent.pid ?? 0)
  expect(starter).toBeGreaterThan(0)
  parent.kill('SIGKILL')
  const isThere = () => {
    try {
      return process.kill(starter, 0)
    } catch {
      return false
    }
  }
  await new Promise((resolve) => parent.once('exit', resolve))
  expect(isThere()).toBe(true)
  await expect.poll(isThere).toBe(false)
})
