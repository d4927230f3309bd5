import { BubblewrapSandbox } from './bubblewrap'
import { ContainerSandbox } from './container'
import { NoSandbox } from './none'
import type { Sandbox, SandboxName, SandboxReport } from './sandbox'

export interface Selection {
  /** null: commands are refused, with `commandsRefused` as the reason; reading and editing go on. */
  readonly sandbox: Sandbox | null
  /** One for each that was looked at, in the order of preference. */
  readonly reports: readonly SandboxReport[]
}

export interface SelectInput {
  readonly choice: 'auto' | SandboxName
  /** For docker and podman; absent: one that shows the host's own programs. */
  readonly image?: string
}

const made = new Map<string, Promise<Selection>>()

/**
 * The sandbox in force, found by running a probe in each candidate and kept for the life of this process. `auto`
 * takes the first of bubblewrap, podman, docker that works and never `none`; a name takes that one or nothing.
 */
export function selectSandbox(input: SelectInput): Promise<Selection> {
  const key = `${input.choice}:${input.image ?? ''}`
  const known = made.get(key)
  if (known) return known
  const selection = select(candidates(input))
  made.set(key, selection)
  return selection
}

function candidates({ choice, image }: SelectInput): Sandbox[] {
  const container = (engine: 'docker' | 'podman'): Sandbox => new ContainerSandbox(engine, image ?? null)
  switch (choice) {
    case 'auto':
      return [new BubblewrapSandbox(), container('podman'), container('docker')]
    case 'bubblewrap':
      return [new BubblewrapSandbox()]
    case 'docker':
    case 'podman':
      return [container(choice)]
    case 'none':
      return [new NoSandbox()]
    default:
      return choice satisfies never
  }
}

async function select(sandboxes: readonly Sandbox[]): Promise<Selection> {
  const reports: SandboxReport[] = []
  for (const sandbox of sandboxes) {
    const report = await sandbox.probe()
    reports.push(report)
    if (report.works && (sandbox.name === 'none' || isolatesAll(report))) return { sandbox, reports }
  }
  return { sandbox: null, reports }
}

/** A sandbox that starts but keeps nothing apart is none. */
function isolatesAll({ isolates }: SandboxReport): boolean {
  return isolates.filesystem && isolates.network && isolates.processes && isolates.user
}

/** The sentence for a command that is refused because nothing works here. */
export function commandsRefused(reports: readonly SandboxReport[]): string {
  const why = reports.map((report) => `- ${report.name}: ${report.detail}`).join('\n')
  return `No sandbox works on this machine, so commands are not run; reading, editing and review go on.\n${why}\nTo run commands without any protection, set \`sandbox: { adapter: none }\` in devpilot.yaml and DEVPILOT_TRUST=none on this machine.`
}
