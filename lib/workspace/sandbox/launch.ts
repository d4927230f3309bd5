import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'
import { SANDBOX_UID } from './ownership'
import { type OutputPipes, outputPipes } from './pipes'
import { spawnEnv } from './spawn-env'
import { temporaryFolder } from './temporary'

/**
 * `user`: we are not root, programs run as ourselves. `staged`: we are root, and sources are bound below one folder
 * in a mount namespace of our own before the rights are dropped, because the dropped user cannot pass a folder such
 * as /root (mode 0700). `dropped`: root that may not mount (in most containers); such sources then fail.
 */
export type LaunchMode = 'user' | 'staged' | 'dropped'

/** The only variables that bubblewrap itself gets: its own environment is readable from inside as /proc/1/environ. */
const scrubbed = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' }

/** Arguments: the stage, sources, `--`, cgroup files, `--`, the program. Everything is an argument, nothing is text. */
const script = `set -eu
stage=$1; shift
if [ -n "$stage" ]; then mount -t tmpfs -o mode=755,size=1m none "$stage"; fi
i=0
while [ "$1" != -- ]; do
  if [ -d "$1" ]; then mkdir "$stage/$i"; else : > "$stage/$i"; fi
  mount --rbind "$1" "$stage/$i"
  i=$((i + 1)); shift
done
shift
while [ "$1" != -- ]; do echo $$ > "$1"; shift; done
shift
exec "$@"`

export interface Launch {
  readonly mode: LaunchMode
  /** Host paths that the program needs and may not be able to reach by itself. */
  readonly sources: readonly string[]
  /** Files that the process writes its id to first. */
  readonly cgroupProcs: readonly string[]
  /** The program's arguments, given where each source is to be found. */
  readonly program: (at: (source: string) => string) => {
    readonly argv: readonly string[]
    readonly data: readonly string[]
  }
}

/** Starts the program; `data` are the texts on its descriptors 3, 4, ... `cleanUp` is called at its end. */
export function launch(input: Launch): {
  readonly child: ChildProcess
  readonly output: OutputPipes
  readonly cleanUp: () => void
} {
  const staged = input.mode === 'staged'
  const stage = staged ? temporaryFolder('stage') : ''
  if (staged) chmodSync(stage, 0o755)
  const sources = [...new Set(input.sources)]
  const { argv, data } = input.program((source) => {
    const index = sources.indexOf(source)
    return staged && index >= 0 ? join(stage, String(index)) : source
  })
  const drop = [
    'setpriv',
    `--reuid=${SANDBOX_UID}`,
    `--regid=${SANDBOX_UID}`,
    '--clear-groups',
    '--inh-caps=-all',
    '--',
  ]
  const shell = [
    '/bin/sh',
    '-c',
    script,
    'devpilot-sandbox',
    stage,
    ...(staged ? sources : []),
    '--',
    ...input.cgroupProcs,
    '--',
    ...(input.mode === 'user' ? [] : drop),
    ...argv,
  ]
  const [program = '/bin/sh', ...args] = staged
    ? ['unshare', '--mount', '--propagation', 'private', '--', ...shell]
    : shell
  const pipes = outputPipes()
  const child = spawn(program, args, {
    env: spawnEnv(scrubbed),
    cwd: '/',
    stdio: ['pipe', ...pipes.ends, ...data.map(() => 'pipe' as const)],
  })
  pipes.started()
  data.forEach((text, index) => {
    const pipe = child.stdio[index + 3]
    if (!pipe || !('end' in pipe)) return
    // bubblewrap may fail before it has read everything; its own message then tells why.
    pipe.on('error', () => undefined)
    pipe.end(text)
  })
  return { child, output: pipes, cleanUp: () => staged && rmdirSync(stage) }
}
