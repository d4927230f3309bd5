import { existsSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { type Config, defaultConfig } from '@/lib/core/config'
import { type Env, env } from '@/lib/env'
import { toAppError } from '@/lib/errors'
import { assertTrusted } from '@/lib/workspace/bench/trust'
import { scheduleWarnings } from '@/lib/workspace/config/clock-changes'
import { parseConfig } from '@/lib/workspace/config/parse'
import { unreadWarnings } from '@/lib/workspace/config/unread'
import { inspectRepository } from '@/lib/workspace/git/inspect'
import { detectProject, projectSettings } from '@/lib/workspace/project/detect'
import type { Project } from '@/lib/workspace/project/project'
import { directoryReader } from '@/lib/workspace/project/reader'
import { findRegistries } from '@/lib/workspace/project/registries'
import { selectSandbox } from '@/lib/workspace/sandbox/select'
import { type Checked, fail, ok, warn } from './check'

const CONNECT_MS = 4_000

/** The repository that --repo names, where it is one: its state, its configuration, what it is. */
export async function checkRepository(
  path: string,
): Promise<{ checks: Checked[]; config: Config; project: Project | null }> {
  const nothing = { config: defaultConfig(), project: null }
  try {
    const facts = await inspectRepository(path)
    const { config, check } = checkConfig(facts.root)
    const project = await detectProject(await directoryReader(facts.root), projectSettings(config))
    const state = facts.dirty
      ? `${facts.dirtyFiles.length} uncommitted files, which runs do not see`
      : 'clean'
    const what = [
      project.language.value,
      project.manager?.value,
      project.test?.value.command ?? 'no tests found',
    ]
    const detail = `${facts.root} (${facts.branch ?? 'detached'}, ${state}): ${what.filter(Boolean).join(', ')}`
    return { checks: [ok('repository', detail), check], config, project }
  } catch (error) {
    const { code, message, mend } = toAppError(error)
    if (code !== 'repository_unusable') throw error
    const check = warn('repository', message, mend ?? 'Give one with --repo <path>.')
    return { checks: [check], ...nothing }
  }
}

function checkConfig(root: string): { config: Config; check: Checked } {
  const path = join(root, 'devpilot.yaml')
  if (!existsSync(path)) {
    return {
      config: defaultConfig(),
      check: ok('devpilot.yaml', 'absent: defaults hold; `devpilot init` writes one'),
    }
  }
  try {
    const text = readFileSync(path, 'utf8')
    const config = parseConfig(text)
    assertTrusted(config, env().DEVPILOT_TRUST)
    const unread = unreadWarnings(text)
    const late = scheduleWarnings(config, new Date())
    if (late.length > 0 && unread.length === 0) {
      const mend = 'Name an hour that every day has, or leave it as it is.'
      return { config, check: warn('devpilot.yaml', late.join(' '), mend) }
    }
    if (unread.length === 0) return { config, check: ok('devpilot.yaml', 'valid') }
    return {
      config,
      check: warn(
        'devpilot.yaml',
        [...unread, ...late].join(' '),
        'Take these keys out, or leave them for later.',
      ),
    }
  } catch (error) {
    const { message, mend } = toAppError(error)
    return { config: defaultConfig(), check: fail('devpilot.yaml', message, mend ?? 'Correct it.') }
  }
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
  const names = [
    'ANTHROPIC_API_KEY',
    'OPENAI_API_KEY',
    'TOGETHER_API_KEY',
    'COMPATIBLE_BASE_URL',
    'OUMI_ENDPOINT',
  ] as const
  const present = names.filter((name) => values[name])
  const provider = config.llm.provider
  const needed = provider ? needs(provider) : undefined
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

function needs(provider: NonNullable<Config['llm']['provider']>): keyof Env | undefined {
  switch (provider) {
    case 'anthropic':
      return 'ANTHROPIC_API_KEY'
    case 'openai':
      return 'OPENAI_API_KEY'
    case 'together':
      return 'TOGETHER_API_KEY'
    case 'compatible':
      return 'COMPATIBLE_BASE_URL'
    case 'oumi':
      return 'OUMI_ENDPOINT'
    case 'recorded':
      return undefined
    default:
      return provider satisfies never
  }
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
