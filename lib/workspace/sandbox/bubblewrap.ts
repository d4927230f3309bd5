import { existsSync } from 'node:fs'
import { AppError } from '@/lib/errors'
import { bubblewrapArgs, type Profile, sourcesOf } from './bubblewrap-args'
import { type Cgroup, type CgroupBase, cgroupBase, makeCgroup } from './cgroup'
import { diskWatch } from './disk'
import { certificates } from './egress/certificates'
import { startEgress } from './egress/proxy'
import { type LaunchMode, launch } from './launch'
import { argv, egressNote, hasEgress } from './layout'
import { limitsOf } from './limits'
import { prepareWritable, runsAsRoot } from './ownership'
import { bubblewrapMend, notCapped, probeScript, readProbe, withProbeFolder } from './probe'
import type { Mount, Sandbox, SandboxCommand, SandboxReport, SandboxResult } from './sandbox'
import { supervise } from './supervise'
import { toolchains } from './toolchains'
import { killHard, treeRss } from './tree'

/** Commands in namespaces of their own, made by bubblewrap, as an unprivileged user. See facts of the profile in its arguments. */
export class BubblewrapSandbox implements Sandbox {
  readonly name = 'bubblewrap'
  #mode: LaunchMode | undefined
  readonly #cgroups: CgroupBase | null

  /** @param cgroups where groups are made; null makes memory be polled instead (a test's choice). */
  constructor(cgroups: CgroupBase | null = cgroupBase()) {
    this.#cgroups = cgroups
  }

  async run(command: SandboxCommand): Promise<SandboxResult> {
    if (this.#mode === undefined) {
      const report = await this.probe()
      if (!report.works) throw new AppError('sandbox_unavailable', report.detail, { mend: bubblewrapMend })
    }
    return this.#run(command, this.#mode ?? 'user')
  }

  async probe(): Promise<SandboxReport> {
    const modes: readonly LaunchMode[] = runsAsRoot() ? ['staged', 'dropped'] : ['user']
    let failure = ''
    for (const mode of modes) {
      const seen = await withProbeFolder(async (workspace) =>
        readProbe(await this.#run(probeScript(workspace), mode)),
      )
      if (typeof seen !== 'string') {
        this.#mode = mode
        const memory = this.#cgroups
          ? `a version ${this.#cgroups.version} cgroup`
          : 'a look at the tree every 50 ms'
        const place =
          mode === 'dropped'
            ? ' Workspaces must lie where every user can reach them: root may not mount here.'
            : ''
        return {
          name: this.name,
          works: true,
          detail: `bubblewrap works here; memory is capped by ${memory}.${place} ${notCapped}`,
          isolates: { ...seen, memory: true },
        }
      }
      // The first mode is the one that is wanted: its failure says more than that of the fallback.
      failure ||= seen
    }
    return {
      name: this.name,
      works: false,
      detail: `bubblewrap does not work here: ${failure}. ${bubblewrapMend}`,
      isolates: { filesystem: false, network: false, processes: false, memory: false, user: false },
    }
  }

  async #run(command: SandboxCommand, mode: LaunchMode): Promise<SandboxResult> {
    const limits = limitsOf(command.limits)
    const folders = [command.workspace, ...(command.home === undefined ? [] : [command.home])]
    checkFolders(folders)
    await prepareWritable(command)
    const egress = hasEgress(command) ? await startEgress(command.egress ?? []) : null
    let group: Cgroup | null = null
    let cleanUp = (): unknown => undefined
    try {
      group = this.#cgroups && makeCgroup(this.#cgroups, limits)
      const profile = profileOf(command, egress?.socket ?? null)
      const started = launch({
        mode,
        sources: sourcesOf(profile),
        cgroupProcs: group?.procs ?? [],
        program: (at) => bubblewrapArgs(profile, at),
      })
      cleanUp = started.cleanUp
      const { child } = started
      const overDisk = diskWatch(folders, limits)
      const cgroup = group
      const overMemory = (): boolean =>
        cgroup
          ? cgroup.oomKills() > 0
          : child.pid !== undefined && child.exitCode === null && treeRss(child.pid) > limits.memoryBytes
      return await supervise({
        child,
        output: started.output,
        command,
        limits,
        kill: () => {
          if (child.pid !== undefined && child.exitCode === null && child.signalCode === null)
            killHard(child.pid)
          cgroup?.kill()
        },
        watch: () => (overMemory() ? 'memory' : overDisk() ? 'disk' : null),
        notes: () => (egress?.refusals() ?? []).map(egressNote),
      })
    } finally {
      egress?.close()
      group?.remove()
      cleanUp()
    }
  }
}

/** What is shown beside the command's own folders, and its variables. */
function profileOf(command: SandboxCommand, socket: string | null): Profile {
  const tools = toolchains()
  const trust = hasEgress(command) ? certificates() : { env: {}, mounts: [] }
  const shown: Mount[] = tools.paths.map((path) => ({ source: path, target: path, writable: false }))
  const certs = trust.mounts.filter(
    (mount) => !mount.target.startsWith('/etc/ssl/certs') && !mount.target.startsWith('/usr/'),
  )
  return {
    command,
    limits: limitsOf(command.limits),
    extra: [...shown, ...certs],
    env: { PATH: tools.path, ...tools.env, ...trust.env },
    argv: argv(command, process.execPath),
    socket,
  }
}

/** @throws AppError('bad_request') for a folder that is not there: bubblewrap's own message would name a wrong path. */
export function checkFolders(folders: readonly string[]): void {
  const missing = folders.find((folder) => !folder.startsWith('/') || !existsSync(folder))
  if (missing === undefined) return
  throw new AppError('bad_request', `The folder ${missing} for the sandbox is not there.`, {
    mend: 'Prepare the run again with `devpilot runs retry <run>`: it makes the worktree anew.',
  })
}
