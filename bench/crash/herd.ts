import { type ChildProcess, fork } from 'node:child_process'
import { ownProcessEnv } from '@/lib/env'
import { packageRoot } from '@/lib/root'
import { bundled } from '@/tests/support/program'
import { wait } from './chaos'
import type { WorkerGiven, WorkerSaid } from './messages'

/** Workers of which any may die at any time; another takes its place at once. */
export interface Herd {
  readonly stale: Map<string, number>
  readonly errors: Map<string, number>
  readonly accepted: string[]
  /** Runs that have not ended, as the lone process last said. */
  left(): number | null
  /** The runs of which a process was in a step when it was last heard. */
  runsOf(pid: number): string[]
  /** Living processes that are up and not stopped. */
  pids(): number[]
  kill(pid: number): void
  /** SIGSTOP now and SIGCONT after so many milliseconds. */
  freeze(pid: number, ms: number, signal: AbortSignal): Promise<void>
  end(): Promise<void>
}

interface One {
  readonly child: ChildProcess
  up: boolean
  frozen: boolean
}

export function startHerd(given: WorkerGiven, size: number): Herd {
  const program = bundled('bench/crash/worker.ts')
  const living = new Map<number, One>()
  const busy = new Map<number, Set<string>>()
  const stale = new Map<string, number>()
  const errors = new Map<string, number>()
  const accepted: string[] = []
  let left: number | null = null
  let ending = false
  const add = (to: Map<string, number>, what: string) => to.set(what, (to.get(what) ?? 0) + 1)
  const start = (): void => {
    const child = fork(program.file, [JSON.stringify(given)], {
      execArgv: [],
      env: ownProcessEnv(program.env),
      cwd: packageRoot(),
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    const pid = child.pid ?? 0
    const one: One = { child, up: false, frozen: false }
    living.set(pid, one)
    const runs = new Set<string>()
    busy.set(pid, runs)
    let said = ''
    child.stderr?.on('data', (chunk: Buffer) => {
      said = `${said}${chunk.toString('utf8')}`.slice(-20_000)
    })
    child.on('message', (message: WorkerSaid) => {
      if (message.kind === 'up') one.up = true
      if (message.kind === 'step') runs[message.on ? 'add' : 'delete'](message.run)
      if (message.kind === 'stale') add(stale, message.call)
      if (message.kind === 'error') add(errors, message.message.split('\n')[0]?.slice(0, 160) ?? '')
      if (message.kind === 'started' && !accepted.includes(message.run)) accepted.push(message.run)
      if (message.kind === 'left') left = message.runs
    })
    child.once('exit', (code, signal) => {
      living.delete(pid)
      if (ending) return
      // One that we did not kill fell over by itself: that is told, too.
      if (signal !== 'SIGKILL')
        add(
          errors,
          `a worker ${one.up ? 'at work' : 'that began'} ended with ${code ?? signal}: ${firstError(said)}`,
        )
      start()
    })
  }
  // A frozen one would not even notice that we are gone.
  const killAll = () => {
    for (const { child } of living.values()) child.kill('SIGKILL')
  }
  process.once('exit', killAll)
  for (let i = 0; i < size; i += 1) start()
  return {
    stale,
    errors,
    accepted,
    left: () => left,
    runsOf: (pid) => [...(busy.get(pid) ?? [])],
    pids: () => [...living].filter(([, one]) => one.up && !one.frozen).map(([pid]) => pid),
    kill: (pid) => {
      living.get(pid)?.child.kill('SIGKILL')
    },
    async freeze(pid, ms, signal) {
      const one = living.get(pid)
      if (!one) return
      one.frozen = true
      one.child.kill('SIGSTOP')
      await wait(ms, signal)
      one.child.kill('SIGCONT')
      one.frozen = false
    },
    async end() {
      if (ending) return
      ending = true
      const gone = [...living.values()].map(
        ({ child }) => new Promise<void>((resolve) => child.once('exit', () => resolve())),
      )
      killAll()
      await Promise.all(gone)
      process.removeListener('exit', killAll)
    },
  }
}

/** What a process that fell over said last, in one line. */
function firstError(said: string): string {
  const from = said.search(/^\S*[Ee]rror:/m)
  return said.slice(Math.max(0, from)).slice(0, 600).replace(/\s+/g, ' ')
}
