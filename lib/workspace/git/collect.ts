import type { ChildProcessWithoutNullStreams } from 'node:child_process'

export interface Ended {
  readonly stdout: Buffer
  readonly stderr: string
  readonly exitCode: number | null
  /** Why we ended it, or that it never began; null when it ended by itself. */
  readonly reason: 'timeout' | 'cancelled' | 'output' | 'spawn' | null
  readonly error?: Error
}

interface Limits {
  readonly input: string | Buffer | undefined
  readonly timeoutMs: number
  readonly signal: AbortSignal | undefined
  readonly maxOutputBytes: number
}

const stderrBytes = 64 * 1024

/** Feeds and drains a child that leads its own process group; at a limit the group is killed. Never rejects. */
export function collect(child: ChildProcessWithoutNullStreams, limits: Limits): Promise<Ended> {
  return new Promise((resolve) => {
    const out: Buffer[] = []
    let size = 0
    let err = Buffer.alloc(0)
    let reason: Ended['reason'] = null
    let failure: Error | undefined
    const stop = (why: Exclude<Ended['reason'], null>) => {
      reason ??= why
      killGroup(child.pid)
    }
    const timer = setTimeout(() => stop('timeout'), limits.timeoutMs)
    const onAbort = () => stop('cancelled')
    limits.signal?.addEventListener('abort', onAbort, { once: true })

    child.stdout.on('data', (chunk: Buffer) => {
      const room = limits.maxOutputBytes - size
      if (room > 0) out.push(chunk.subarray(0, room))
      size += chunk.length
      if (size > limits.maxOutputBytes) stop('output')
    })
    child.stderr.on('data', (chunk: Buffer) => {
      err = Buffer.concat([err, chunk]).subarray(-stderrBytes)
    })
    // A child that ends before it has read its input breaks the pipe; its exit code tells more than EPIPE.
    child.stdin.on('error', (error: Error) => {
      failure ??= error
    })
    const finish = (exitCode: number | null) => {
      clearTimeout(timer)
      limits.signal?.removeEventListener('abort', onAbort)
      resolve({
        stdout: Buffer.concat(out),
        stderr: err.toString('utf8'),
        exitCode,
        reason,
        ...(failure ? { error: failure } : {}),
      })
    }
    child.on('error', (error) => {
      reason ??= 'spawn'
      failure = error
      finish(null)
    })
    child.on('close', (exitCode) => finish(exitCode))
    child.stdin.end(limits.input)
  })
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    // Already gone: that is what was wanted.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}
