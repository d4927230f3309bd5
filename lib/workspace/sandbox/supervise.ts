import type { ChildProcess } from 'node:child_process'
import type { Readable } from 'node:stream'
import { AppError } from '@/lib/errors'
import { HeadTail } from './output'
import type { SandboxCommand, SandboxLimits, SandboxResult } from './sandbox'

type Ended = NonNullable<SandboxResult['ended']>

export interface Supervision {
  readonly child: ChildProcess
  readonly output: { readonly stdout: Readable; readonly stderr: Readable }
  readonly command: SandboxCommand
  readonly limits: SandboxLimits
  /** Ends the whole tree at once. */
  readonly kill: () => void
  /** Looked at every 50 ms: a reason to end the command, or null. */
  readonly watch: () => 'memory' | 'disk' | null
  /** Lines that the sandbox itself has to say, added to stderr at the end. */
  readonly notes?: () => readonly string[]
}

const POLL_MS = 50
/** How long pipes may stay open after the command's end before they are cut: a daemon of `none` may hold them. */
const DRAIN_MS = 500

/** Feeds, watches and ends a started command; resolves when it and its output are over. */
export function supervise(input: Supervision): Promise<SandboxResult> {
  const { child, command, limits, kill } = input
  const started = performance.now()
  const out = new HeadTail(limits.outputBytes, (text) => command.onOutput?.('stdout', text))
  const err = new HeadTail(limits.outputBytes, (text) => command.onOutput?.('stderr', text))
  let ended: Ended | null = null
  const end = (why: Ended): void => {
    ended ??= why
    kill()
  }
  return new Promise((resolve, reject) => {
    const cancel = (): void => end('cancelled')
    const timer = setTimeout(() => end('timeout'), limits.timeoutMs)
    const poll = setInterval(() => {
      const why = input.watch()
      if (why !== null) end(why)
    }, POLL_MS)
    const release = (): void => {
      clearTimeout(timer)
      clearInterval(poll)
      command.signal?.removeEventListener('abort', cancel)
    }
    command.signal?.addEventListener('abort', cancel, { once: true })
    if (command.signal?.aborted) cancel()
    const streams = [input.output.stdout, input.output.stderr]
    const over = streams.map((stream) => new Promise<void>((done) => stream.on('close', done)))
    input.output.stdout.on('data', (chunk: Buffer) => out.push(chunk))
    input.output.stderr.on('data', (chunk: Buffer) => err.push(chunk))
    // A broken pipe ends the reading like any other end.
    for (const stream of streams) stream.on('error', () => stream.destroy())
    // A command that does not read its input closes the pipe: that is its right.
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(command.stdin ?? '')
    child.on('error', (error) => {
      release()
      for (const stream of streams) stream.destroy()
      reject(startError(error))
    })
    child.on('exit', async (exitCode, signal) => {
      // The last look: the kernel may have killed for memory between two polls.
      ended ??= input.watch()
      release()
      kill()
      const cut = setTimeout(() => {
        for (const stream of streams) stream.destroy()
      }, DRAIN_MS)
      await Promise.all(over)
      clearTimeout(cut)
      const notes = input.notes?.() ?? []
      for (const note of notes) err.push(Buffer.from(`${note}\n`))
      const stdout = out.end()
      const stderr = err.end()
      resolve({
        exitCode: ended === null ? exitCode : null,
        signal: ended === null ? signal : 'SIGKILL',
        stdout: stdout.text,
        stderr: stderr.text,
        droppedBytes: { stdout: stdout.dropped, stderr: stderr.dropped },
        durationMs: Math.round(performance.now() - started),
        ended,
      })
    })
  })
}

function startError(error: Error): AppError {
  return new AppError('sandbox_unavailable', `The sandbox's program could not be started: ${error.message}`, {
    mend: 'Run `devpilot doctor`: it says which sandbox works here and what is missing.',
    cause: error,
  })
}
