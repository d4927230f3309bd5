import { type ChildProcessByStdio, execFile, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import type { Readable, Writable } from 'node:stream'
import { promisify } from 'node:util'
import { hostVariables } from '@/lib/env'
import { AppError } from '@/lib/errors'
import { checkFolders } from './bubblewrap'
import { type ContainerProfile, containerArgs, type Engine, STARVED } from './container-args'
import { hostImage, lastLine } from './container-image'
import { narrowedSeccomp } from './container-seccomp'
import { onOurDeath } from './death-watch'
import { diskWatch } from './disk'
import { certificates } from './egress/certificates'
import { type EgressProxy, startEgress } from './egress/proxy'
import { argv, egressNote, hasEgress } from './layout'
import { limitsOf } from './limits'
import { makeMountPoints } from './mount-points'
import { prepareWritable } from './ownership'
import { notCapped, probeScript, readProbe, withProbeFolder } from './probe'
import type { Mount, Sandbox, SandboxCommand, SandboxReport, SandboxResult } from './sandbox'
import { spawnEnv } from './spawn-env'
import { supervise } from './supervise'
import { temporaryFolder } from './temporary'
import { toolchains } from './toolchains'
import { killHard } from './tree'

const exec = promisify(execFile)

/** Commands in containers of docker or podman, one container a command. */
export class ContainerSandbox implements Sandbox {
  readonly name: Engine
  readonly #image: string | null
  /** The runtime that was seen to work; undefined before the probe. */
  #runtime: string | null | undefined

  /** @param image a name that the engine has; null makes one that shows the host's own programs. */
  constructor(engine: Engine, image: string | null = null) {
    this.name = engine
    this.#image = image
  }

  async run(command: SandboxCommand): Promise<SandboxResult> {
    if (this.#runtime === undefined) {
      const report = await this.probe()
      if (!report.works) throw new AppError('sandbox_unavailable', report.detail, { mend: this.#mend() })
    }
    return this.#run(command, this.#runtime ?? null)
  }

  async probe(): Promise<SandboxReport> {
    let failure = ''
    // crun gives up on hosts that mix both versions of cgroups; runc does not.
    for (const runtime of this.name === 'podman' ? [null, 'runc'] : [null]) {
      const seen = await withProbeFolder((workspace) => this.#look(workspace, runtime))
      if (typeof seen !== 'string') {
        this.#runtime = runtime
        const how = runtime === null ? '' : ` with --runtime ${runtime}`
        return {
          name: this.name,
          works: true,
          detail: `${this.name} works here${how}; memory is capped by the container's cgroup. ${notCapped}`,
          isolates: { ...seen, memory: true },
        }
      }
      failure = failure === '' ? seen : `${failure}; with ${runtime}: ${seen}`
    }
    return {
      name: this.name,
      works: false,
      detail: `${this.name} does not work here: ${failure}. ${this.#mend()}`,
      isolates: { filesystem: false, network: false, processes: false, memory: false, user: false },
    }
  }

  async #look(workspace: string, runtime: string | null): Promise<ReturnType<typeof readProbe>> {
    try {
      return readProbe(await this.#run(probeScript(workspace), runtime))
    } catch (error) {
      // The report carries the reason; a probe is the question whether this works, so a failure is an answer.
      return error instanceof AppError ? error.message : lastLine(error)
    }
  }

  #mend(): string {
    return this.name === 'docker'
      ? 'Start the engine (`systemctl start docker`) and let this user reach its socket, or use rootless podman.'
      : 'Install it with `apt install podman runc`; without root also `apt install uidmap slirp4netns`.'
  }

  async #run(command: SandboxCommand, runtime: string | null): Promise<SandboxResult> {
    const folders = [command.workspace, ...(command.home === undefined ? [] : [command.home])]
    checkFolders(folders)
    await prepareWritable(command)
    makeMountPoints(command)
    const env = clientEnv()
    const image = this.#image ?? (await hostImage(this.name, env))
    const egress = hasEgress(command) ? await startEgress(command.egress ?? []) : null
    const seccomp = this.name === 'podman' ? narrowedSeccomp() : null
    const name = `devpilot-${randomUUID()}`
    const before = this.name === 'podman' && runtime !== null ? ['--runtime', runtime] : []
    const remove = [
      this.name,
      ...before,
      'rm',
      '--force',
      ...(this.name === 'podman' ? ['--time', '0'] : []),
      '--volumes',
      name,
    ]
    const death = onOurDeath(remove, env)
    // Where the memory ends, podman's monitor leaves a file called `oom` in the folder that it was started in.
    const place = temporaryFolder('engine')
    try {
      const profile = {
        ...this.#profile(command, image),
        name,
        socket: egress?.socket ?? null,
        seccomp: seccomp?.file ?? null,
      }
      const child = spawn(this.name, [...before, ...containerArgs(profile)], {
        cwd: place,
        env: spawnEnv(env),
        stdio: ['pipe', 'pipe', 'pipe'],
      })
      const result = await this.#watch(
        child,
        command,
        () => exec(this.name, [...before, 'kill', '--signal', 'KILL', name], { env: spawnEnv(env) }),
        egress,
      )
      const starved = result.ended === null && result.exitCode === STARVED
      return (
        engineFailed(this.name, result) ??
        (starved ? { ...result, exitCode: null, signal: 'SIGKILL', ended: 'memory' } : result)
      )
    } finally {
      egress?.close()
      seccomp?.remove()
      const [program = this.name, ...args] = remove
      // The container may never have been made; the watch is called off only after this.
      await exec(program, args, { env: spawnEnv(env) }).catch(() => null)
      death.cancel()
      rmSync(place, { recursive: true, force: true })
    }
  }

  /** Follows the client; `killContainer` comes before killing the client, which alone would leave the container. */
  #watch(
    child: ChildProcessByStdio<Writable, Readable, Readable>,
    command: SandboxCommand,
    killContainer: () => Promise<unknown>,
    egress: EgressProxy | null,
  ): Promise<SandboxResult> {
    const limits = limitsOf(command.limits)
    const overDisk = diskWatch(
      [command.workspace, ...(command.home === undefined ? [] : [command.home])],
      limits,
    )
    return supervise({
      child,
      // The engine gives the command real pipes of its own.
      output: { stdout: child.stdout, stderr: child.stderr },
      command,
      limits,
      kill: () => {
        const { pid } = child
        if (pid === undefined || child.exitCode !== null || child.signalCode !== null) return
        void killContainer()
          // It may not have been made yet, or be over already: then the client is all there is.
          .catch(() => undefined)
          .finally(() => child.exitCode === null && child.signalCode === null && killHard(pid))
      },
      watch: () => (overDisk() ? 'disk' : null),
      notes: () => (egress?.refusals() ?? []).map(egressNote),
    })
  }

  #profile(command: SandboxCommand, image: string): Omit<ContainerProfile, 'name' | 'socket' | 'seccomp'> {
    const own = this.#image === null
    const tools = toolchains()
    const trust = hasEgress(command) ? certificates() : { env: {}, mounts: [] }
    const shown: Mount[] = own
      ? tools.paths.map((path) => ({ source: path, target: path, writable: false }))
      : []
    const certs = own
      ? trust.mounts.filter((mount) => !/^\/(usr|etc\/ssl\/certs)(\/|$)/.test(mount.target))
      : trust.mounts
    return {
      engine: this.name,
      image,
      hostPrograms: own,
      command,
      limits: limitsOf(command.limits),
      extra: [...shown, ...certs],
      env: own ? { PATH: tools.path, ...tools.env, ...trust.env } : trust.env,
      argv: argv(command, own ? process.execPath : 'node'),
    }
  }
}

/** The engine's own failures (exit 125) are no results of the command. */
function engineFailed(engine: Engine, result: SandboxResult): null {
  if (result.exitCode !== 125 && result.exitCode !== 126) return null
  const why = result.stderr.trim().split('\n').at(-1) ?? ''
  if (!/^(Error|docker|podman):? /i.test(why)) return null
  throw new AppError('sandbox_unavailable', `${engine} could not start the container: ${why}`, {
    mend: 'Run `devpilot doctor` for what is missing here.',
  })
}

/** Variables by which the client finds its engine; none of them reaches the container. */
function clientEnv(): Record<string, string> {
  return hostVariables([
    'PATH',
    'HOME',
    'XDG_RUNTIME_DIR',
    'DOCKER_HOST',
    'DOCKER_CONTEXT',
    'DOCKER_CONFIG',
    'CONTAINER_HOST',
  ])
}
