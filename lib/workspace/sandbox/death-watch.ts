import { type ChildProcess, spawn } from 'node:child_process'
import { spawnEnv } from './spawn-env'

/**
 * Runs a program when this process dies, even by SIGKILL: a shell of its own session reads a pipe that only we hold,
 * and the pipe's end is our end.
 * @returns `cancel`, to be called when the thing to be ended is gone.
 */
export function onOurDeath(
  program: readonly string[],
  env: Readonly<Record<string, string>>,
): { cancel(): void } {
  const script = 'cat >/dev/null; exec "$@"'
  const watch: ChildProcess = spawn('/bin/sh', ['-c', script, 'devpilot-watch', ...program], {
    detached: true,
    env: spawnEnv(env),
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  // Its failure leaves the command without this net; the normal ends (exit, timeout, cancel) still hold.
  watch.on('error', () => undefined)
  watch.stdin?.on('error', () => undefined)
  watch.unref()
  return {
    cancel: () => {
      watch.removeAllListeners()
      // SIGKILL first, or closing the pipe would set the program off.
      if (watch.pid !== undefined && watch.exitCode === null) killGroup(watch.pid)
      watch.stdin?.destroy()
    },
  }
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return
    throw error
  }
}
