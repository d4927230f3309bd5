/**
 * Starts processes for one that is too large to: fork(2) copies page tables, and with the embedded database, the
 * parser and V8 in them that stops everything else for 4 ms per 100 MB. In plain JavaScript, so that it stays small.
 *
 * Asked with `{ id, file, args, cwd, env, input, timeoutMs, maxOutputBytes }` and `{ id, cancel: true }`; it answers
 * `{ id, out }` as output comes, then `{ id, ended: { exitCode, stderr, reason, error } }` (collect.ts).
 */
import { spawn } from 'node:child_process'

const stderrBytes = 64 * 1024
const running = new Map()

/** Feeds and drains a child that leads its own process group; at a limit the group is killed. */
function start({ id, file, args, cwd, env, input, timeoutMs, maxOutputBytes }) {
  let size = 0
  let err = Buffer.alloc(0)
  let reason = null
  let error
  const child = spawn(file, args, { cwd, env, stdio: ['pipe', 'pipe', 'pipe'], detached: true })
  const stop = (why) => {
    reason ??= why
    killGroup(child.pid)
  }
  const timer = setTimeout(() => stop('timeout'), timeoutMs)
  running.set(id, () => stop('cancelled'))
  const finish = (exitCode) => {
    clearTimeout(timer)
    if (!running.delete(id)) return
    const failure = error && { message: error.message, code: error.code }
    answer({ id, ended: { exitCode, stderr: err.toString('utf8'), reason, error: failure } })
  }
  child.stdout.on('data', (chunk) => {
    const room = maxOutputBytes - size
    if (room > 0) answer({ id, out: chunk.subarray(0, room) })
    size += chunk.length
    if (size > maxOutputBytes) stop('output')
  })
  child.stderr.on('data', (chunk) => {
    err = Buffer.concat([err, chunk]).subarray(-stderrBytes)
  })
  // A child that ends before it has read its input breaks the pipe; its exit code tells more than EPIPE.
  child.stdin.on('error', (broken) => {
    error ??= broken
  })
  child.on('error', (failed) => {
    reason ??= 'spawn'
    error = failed
    finish(null)
  })
  child.on('close', finish)
  child.stdin.end(input)
}

function killGroup(pid) {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    // Already gone: that is what was wanted.
    if (error.code !== 'ESRCH') throw error
  }
}

function answer(message) {
  if (process.connected) process.send(message)
}

process.on('message', (asked) => (asked.cancel ? running.get(asked.id)?.() : start(asked)))
// What is under way when the other process is gone comes to its own end; nothing new is begun, so this one ends too.
// A signal to the whole group is the other's to follow: until it is gone it may still need git.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => undefined)
