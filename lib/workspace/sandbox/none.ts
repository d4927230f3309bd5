import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { checkFolders } from './bubblewrap'
import { onOurDeath } from './death-watch'
import { diskWatch } from './disk'
import { hostView, linkMounts } from './host-view'
import { commandEnv, workingFolder } from './layout'
import { limitsOf } from './limits'
import { outputPipes } from './pipes'
import {
  SANDBOX_WORKSPACE,
  type Sandbox,
  type SandboxCommand,
  type SandboxReport,
  type SandboxResult,
} from './sandbox'
import { spawnEnv } from './spawn-env'
import { supervise } from './supervise'
import { temporaryFolder } from './temporary'
import { toolchains } from './toolchains'
import { killHard, pidsWithEnv, treePids, treeRss } from './tree'

const marker = 'DEVPILOT_COMMAND'

/**
 * No sandbox: commands run as this user, with the network and every file of it. Only the environment is clean, and
 * time, output, memory and disk are watched. Chosen by the word in the config, never by itself.
 */
export class NoSandbox implements Sandbox {
  readonly name = 'none'

  async run(command: SandboxCommand): Promise<SandboxResult> {
    const limits = limitsOf(command.limits)
    const own = command.home === undefined ? temporaryFolder('home') : null
    const home = command.home ?? own ?? tmpdir()
    checkFolders([command.workspace, home])
    const view = hostView(command, home)
    const unlink = linkMounts(command, home)
    const id = randomUUID()
    const tools = toolchains()
    const plain = { ...command, egress: [] }
    const env = commandEnv(plain, { PATH: tools.path, ...tools.env, TMPDIR: tmpdir() })
    const mapped = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, view(value)]))
    const [program = '/bin/sh', ...args] =
      typeof command.command === 'string'
        ? ['/bin/sh', '-c', view(command.command)]
        : command.command.map(view)
    const pipes = outputPipes()
    const child = spawn(program, args, {
      cwd: join(command.workspace, relative(SANDBOX_WORKSPACE, workingFolder(command))),
      // A group of its own, so that all of it can be ended.
      detached: true,
      env: spawnEnv({ ...mapped, HOME: home, [marker]: id }),
      stdio: ['pipe', ...pipes.ends],
    })
    pipes.started()
    const death =
      child.pid === undefined
        ? null
        : onOurDeath(['kill', '-KILL', '--', `-${child.pid}`], { PATH: tools.path })
    const overDisk = diskWatch([command.workspace, home], limits)
    const overMemory = (): boolean =>
      child.pid !== undefined && child.exitCode === null && treeRss(child.pid) > limits.memoryBytes
    try {
      return await supervise({
        child,
        output: pipes,
        command,
        limits,
        kill: () => killAll(child.pid, id),
        watch: () => (overMemory() ? 'memory' : overDisk() ? 'disk' : null),
      })
    } finally {
      death?.cancel()
      unlink()
      if (own !== null) rmSync(own, { recursive: true, force: true })
    }
  }

  async probe(): Promise<SandboxReport> {
    return {
      name: this.name,
      works: true,
      detail:
        'No sandbox: commands can read, change and send away whatever this user can. Only the environment is clean, and time, output, memory and disk are watched.',
      isolates: { filesystem: false, network: false, processes: false, memory: false, user: false },
    }
  }
}

/** The tree, its group, and daemons that left both but kept their environment. */
function killAll(pid: number | undefined, id: string): void {
  if (pid === undefined) return
  const pids = treePids(pid)
  killHard(-pid)
  for (const one of [...pids, ...pidsWithEnv(`${marker}=${id}`)]) if (one !== process.pid) killHard(one)
}
