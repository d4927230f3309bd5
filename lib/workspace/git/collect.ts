import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'
import { packageRoot } from '@/lib/root'
import { spawnEnv } from '@/lib/workspace/sandbox/spawn-env'

export interface Ended {
  readonly stdout: Buffer
  readonly stderr: string
  readonly exitCode: number | null
  /** Why we ended it, that it never began, or that we lost sight of it; null when it ended by itself. */
  readonly reason: 'timeout' | 'cancelled' | 'output' | 'spawn' | 'lost' | null
  readonly error?: Error
}

export interface Asked {
  readonly file: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  readonly input: string | Buffer | undefined
  /** Milliseconds. */
  readonly timeoutMs: number
  readonly maxOutputBytes: number
}

/** What starter.mjs says. */
type Answer =
  | { readonly id: number; readonly out: Uint8Array }
  | { readonly id: number; readonly ended: Omit<Ended, 'stdout' | 'error'> & { readonly error?: Error } }

interface Call {
  readonly out: Uint8Array[]
  end(ended: Ended): void
}

const calls = new Map<number, Call>()
let starter: ChildProcess | null = null
let last = 0

/**
 * Runs a program to its end, in a process group that is killed at a limit or at the signal. The small process of
 * starter.mjs does it, which is begun at the first call and ends with this one. Never rejects.
 */
export function collect(asked: Asked, signal: AbortSignal | undefined): Promise<Ended> {
  last += 1
  const id = last
  starter ??= begin()
  const { channel } = starter
  return new Promise((resolve) => {
    const onAbort = () => starter?.send({ id, cancel: true })
    signal?.addEventListener('abort', onAbort, { once: true })
    channel?.ref()
    calls.set(id, {
      out: [],
      end: (ended) => {
        signal?.removeEventListener('abort', onAbort)
        calls.delete(id)
        // This process may end when nobody waits for an answer.
        if (calls.size === 0) channel?.unref()
        resolve(ended)
      },
    })
    // What cannot be sent any more is answered by `exit`.
    starter?.send({ id, ...asked }, () => undefined)
  })
}

function begin(): ChildProcess {
  const child = fork(
    /* turbopackIgnore: true */ join(packageRoot(), 'lib', 'workspace', 'git', 'starter.mjs'),
    {
      cwd: '/',
      env: spawnEnv({}),
      execArgv: [],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    },
  )
  child.unref()
  child.on('message', (message) => onAnswer(message as Answer))
  const gone = () => {
    // Said twice of the same one, or of one whose place is taken: the calls are another's.
    if (starter !== child) return
    starter = null
    for (const call of [...calls.values()])
      call.end({ stdout: Buffer.alloc(0), stderr: '', exitCode: null, reason: 'lost' })
  }
  child.on('error', gone)
  child.on('exit', gone)
  return child
}

function onAnswer(answer: Answer): void {
  const call = calls.get(answer.id)
  if (!call) return
  if ('out' in answer) call.out.push(answer.out)
  else {
    const { error, ...ended } = answer.ended
    const stdout = Buffer.concat(call.out)
    call.end({
      ...ended,
      stdout,
      ...(error ? { error: Object.assign(new Error(error.message), error) } : {}),
    })
  }
}
