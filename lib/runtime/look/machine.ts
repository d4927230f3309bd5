import { connect } from 'node:net'
import { type Checked, fail, ok, warn } from '@/lib/core/checked'
import type { Config } from '@/lib/core/config'
import { env } from '@/lib/env'
import type { Project } from '@/lib/workspace/project/project'
import { findRegistries } from '@/lib/workspace/project/registries'
import { selectSandbox } from '@/lib/workspace/sandbox/select'
import { providerVariables } from '../provider-variables'
import { checkGates } from './gates'

const CONNECT_MS = 4_000

/** What a repository needs of this machine, for a page; `doctor` asks for the parts. */
export async function checkMachine(config: Config, project: Project | null): Promise<Checked[]> {
  const [sandboxes, registries] = await Promise.all([checkSandboxes(config), checkRegistries(project)])
  // One that works is enough; which others do not is the machine's matter.
  const inForce = sandboxes.filter(({ status, detail }) => status === 'ok' && detail.startsWith('in force'))
  return [
    ...(inForce.length > 0 ? inForce : sandboxes),
    checkModels(config),
    ...registries,
    checkGates(config),
  ]
}

/** Every sandbox that could be used, with what it was seen to keep apart; vital, because tests run in one. */
export async function checkSandboxes(config: Config): Promise<Checked[]> {
  const { adapter, image } = config.sandbox
  const { sandbox, reports } = await selectSandbox({ choice: adapter, ...(image ? { image } : {}) })
  const looked = reports.map((report): Checked => {
    const name = `sandbox ${report.name}`
    const { isolates } = report
    if (!report.works) return { ...warn(name, 'does not work', report.detail), isolates }
    return {
      ...ok(name, sandbox?.name === report.name ? `in force; ${report.detail}` : report.detail),
      isolates,
    }
  })
  if (sandbox?.name === 'none') {
    return [
      ...looked,
      warn('sandbox', 'none: commands run with all rights of this user', 'Set sandbox.adapter to auto.'),
    ]
  }
  if (sandbox !== null) return looked
  const mend =
    'Install bubblewrap (`apt install bubblewrap`), podman or docker; without one, commands and tests are refused.'
  return [...looked, fail('sandbox', 'none works on this machine', mend)]
}

/** Names of variables, never their values. */
export function checkModels(config: Config): Checked {
  const values = env()
  const names = Object.values(providerVariables).map(({ needed }) => needed)
  const present = names.filter((name) => values[name])
  const provider = config.llm.provider
  const needed = provider && provider !== 'recorded' ? providerVariables[provider].needed : undefined
  if (needed && !values[needed] && !(provider === 'compatible' && config.llm.base_url)) {
    return warn('models', `devpilot.yaml asks for ${provider}, and ${needed} is not set`, `Set ${needed}.`)
  }
  if (present.length > 0) return ok('models', `set: ${present.join(', ')}`)
  if (provider === 'recorded' || (provider === 'compatible' && config.llm.base_url))
    return ok('models', provider)
  return warn(
    'models',
    'no key is set: only the demo, recordings and `scaffold` work',
    `Set one of ${names.join(', ')}.`,
  )
}

/** Whether the hosts that dependencies come from answer; credentials in their addresses are no part of a host. */
export async function checkRegistries(project: Project | null): Promise<Checked[]> {
  const manager = project?.manager?.value
  if (!manager) return []
  const { hosts } = await findRegistries(manager)
  const name = `packages (${manager})`
  const silent: string[] = []
  for (const host of hosts) if (!(await opens(host))) silent.push(host)
  if (silent.length === 0)
    return [ok(name, hosts.length > 0 ? `${hosts.join(', ')} can be reached` : 'from this machine')]
  return [
    warn(
      name,
      `${silent.join(', ')} cannot be reached`,
      'Check the network, or the registry that the package manager is set to.',
    ),
  ]
}

function opens(text: string): Promise<boolean> {
  const [host = '', port = '443'] = text.split(':')
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port), timeout: CONNECT_MS })
    const end = (reached: boolean) => {
      socket.destroy()
      resolve(reached)
    }
    socket.once('connect', () => end(true))
    socket.once('timeout', () => end(false))
    socket.once('error', () => end(false))
  })
}
