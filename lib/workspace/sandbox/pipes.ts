import { execFileSync } from 'node:child_process'
import { chmodSync, closeSync, constants, openSync, rmSync } from 'node:fs'
import { Socket } from 'node:net'
import { join } from 'node:path'
import { temporaryFolder } from './temporary'

export interface OutputPipes {
  /** For `stdio` of the child. */
  readonly ends: readonly [stdout: number, stderr: number]
  readonly stdout: Socket
  readonly stderr: Socket
  /** Closes our copies of the child's ends: to be called once it is started, or reading never ends. */
  started(): void
}

/**
 * Real pipes for a child's output. Node's own are sockets: a program that opens /dev/stderr (shell scripts do) gets
 * ENXIO on them, and one that writes without waiting gets EAGAIN.
 */
export function outputPipes(): OutputPipes {
  const folder = temporaryFolder('pipes')
  try {
    const paths = [join(folder, 'stdout'), join(folder, 'stderr')]
    execFileSync('mkfifo', paths, { stdio: ['ignore', 'ignore', 'pipe'] })
    const [out, err] = paths.map((path) => {
      // The folder is ours alone; the mode is for the command's user, who opens it again as /dev/stdout.
      chmodSync(path, 0o666)
      const read = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
      return {
        write: openSync(path, constants.O_WRONLY),
        stream: new Socket({ fd: read, readable: true, writable: false }),
      }
    })
    if (!out || !err) throw new Error('two paths make two pipes')
    return {
      ends: [out.write, err.write],
      stdout: out.stream,
      stderr: err.stream,
      started: () => {
        closeSync(out.write)
        closeSync(err.write)
      },
    }
  } finally {
    // The names are needed no longer: descriptors keep the pipes.
    rmSync(folder, { recursive: true, force: true })
  }
}
