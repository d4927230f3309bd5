import { rmSync, writeFileSync } from 'node:fs'
import type { SandboxCommand, SandboxReport, SandboxResult } from './sandbox'
import { temporaryFolder } from './temporary'

/** What no sandbox of ours limits: said, so that nobody relies on it. */
export const notCapped =
  'Not capped: CPU share, disk bandwidth and the number of files; disk use is looked at every quarter of a second.'

export const bubblewrapMend =
  'Install it with `apt install bubblewrap` (or `dnf install bubblewrap`). On Ubuntu 24.04 and later also load the AppArmor profile `bwrap-userns-restrict`. In Docker start DevPilot with `security_opt: [seccomp=unconfined, systempaths=unconfined]`.'

/** A throw-away workspace with a secret beside it, and what became of the work with it. */
export async function withProbeFolder<T>(use: (workspace: string) => Promise<T>): Promise<T> {
  const workspace = temporaryFolder('probe')
  writeFileSync(`${workspace}.outside`, 'must not be seen')
  try {
    return await use(workspace)
  } finally {
    rmSync(`${workspace}.outside`, { force: true })
    rmSync(workspace, { recursive: true, force: true })
  }
}

/** Asks, from inside, what can be seen of the machine outside. */
export function probeScript(workspace: string): SandboxCommand {
  const outside = `${workspace}.outside`
  const command = [
    'touch /workspace/written || exit 3',
    'echo "uid=$(id -u)"',
    `[ -e '${outside.replaceAll("'", '')}' ] && echo outside=seen || echo outside=hidden`,
    '[ -r /etc/shadow ] && echo shadow=seen || echo shadow=hidden',
    `[ -d /proc/${process.pid} ] && echo host=seen || echo host=hidden`,
    'echo "nets=$(grep -c : /proc/net/dev)"',
  ].join('\n')
  return { command, workspace, limits: { timeoutMs: 20_000, memoryBytes: 256 * 1024 * 1024, processes: 64 } }
}

type Isolates = Omit<SandboxReport['isolates'], 'memory'>

/** What the probe saw, or why it did not run. */
export function readProbe(result: SandboxResult): Isolates | string {
  const said = result.stdout
  if (result.exitCode !== 0 || !said.includes('uid=')) {
    const why = result.stderr.trim().split('\n').at(-1) ?? ''
    return (
      why ||
      (result.ended === null
        ? `the probe ended with ${result.exitCode}`
        : `the probe was ended (${result.ended})`)
    )
  }
  return {
    filesystem: said.includes('shadow=hidden') && said.includes('outside=hidden'),
    // Loopback is the only device of an empty network namespace.
    network: said.includes('nets=1\n'),
    processes: said.includes('host=hidden'),
    user: !said.includes('uid=0\n'),
  }
}
