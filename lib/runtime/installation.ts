import { isLoopback } from '@/lib/core/loopback'
import { env, ownUrls } from '@/lib/env'
import { packageVersion } from '@/lib/root'
import type { SandboxReport } from '@/lib/workspace/sandbox/sandbox'
import { selectSandbox } from '@/lib/workspace/sandbox/select'
import { getRuntime } from '../runtime'

export interface InstallationState {
  readonly version: string
  readonly node: string
  readonly database: string
  readonly databaseVersion: string | null
  readonly engine: string
  readonly worker: string
  readonly engineDetail: string | null
  readonly home: string
  readonly urls: readonly string[]
}

/** What this installation runs on; addresses without passwords, and no values of secrets. */
export async function installationState(databaseVersion: string | null): Promise<InstallationState> {
  const { database, engine, home } = await getRuntime()
  const health = await engine?.health()
  return {
    version: packageVersion(),
    node: process.versions.node,
    database: { pglite: 'embedded (PGlite)', pg: 'PostgreSQL', vercel: 'PostgreSQL over a WebSocket' }[
      database.driver
    ],
    databaseVersion,
    engine: engine?.name ?? env().DEVPILOT_ENGINE,
    worker: engine?.worker() ?? 'none in this process',
    engineDetail: health?.detail ?? null,
    home,
    urls: ownUrls(env()),
  }
}

/** Every sandbox that was looked at on this machine, with what it keeps apart, and the one that is in force. */
export async function sandboxState(): Promise<{
  readonly inForce: string | null
  readonly reports: readonly SandboxReport[]
}> {
  const { sandbox, reports } = await selectSandbox({ choice: 'auto' })
  return { inForce: sandbox?.name ?? null, reports }
}

/** Whether webhooks are taken, and where they are sent to. */
export function webhookState(): { readonly on: boolean; readonly url: string; readonly reachable: boolean } {
  const { GITHUB_WEBHOOK_SECRET, DEVPILOT_PORT } = env()
  const [own] = ownUrls(env())
  const url = new URL('/api/webhooks/github', own ?? `http://127.0.0.1:${DEVPILOT_PORT}`)
  const local = isLoopback(url.hostname) || url.hostname === '0.0.0.0'
  return { on: GITHUB_WEBHOOK_SECRET !== undefined, url: url.href, reachable: !local }
}

export interface Integration {
  readonly name: string
  readonly does: string
  readonly on: boolean
  /** What it is switched on with. */
  readonly variables: readonly { readonly name: string; readonly set: boolean }[]
}

/** What this installation is connected to, by the names of variables and never by their values. */
export function integrations(): Integration[] {
  const values = env()
  const of = (...names: readonly (keyof typeof values)[]) =>
    names.map((name) => ({ name, set: values[name] !== undefined && values[name] !== false }))
  const all = (list: readonly { readonly set: boolean }[]) => list.every(({ set }) => set)
  const token = of('GITHUB_TOKEN')
  const app = of('GITHUB_APP_ID', 'GITHUB_APP_PRIVATE_KEY', 'GITHUB_APP_INSTALLATION_ID')
  const webhooks = of('GITHUB_WEBHOOK_SECRET')
  const signIn = of('GITHUB_CLIENT_ID', 'GITHUB_CLIENT_SECRET')
  const cron = of('CRON_SECRET')
  const temporal = of('TEMPORAL_ADDRESS')
  return [
    {
      name: 'GitHub, by token',
      does: 'Reads issues, pushes branches, opens and merges pull requests.',
      on: all(token),
      variables: token,
    },
    {
      name: 'GitHub, as an app',
      does: 'The same under a name of its own.',
      on: all(app.slice(0, 2)),
      variables: app,
    },
    {
      name: 'GitHub, by webhook',
      does: 'Issues and failed workflows start runs, where devpilot.yaml asks for it.',
      on: all(webhooks),
      variables: webhooks,
    },
    {
      name: 'Sign in with GitHub',
      does: 'Members sign in and join with their GitHub account.',
      on: all(signIn),
      variables: signIn,
    },
    {
      name: 'Temporal',
      does: 'Drives runs instead of the built-in engine.',
      on: values.DEVPILOT_ENGINE === 'temporal',
      variables: temporal,
    },
    {
      name: 'Cron routes',
      does: 'Work in slices where no process stays up.',
      on: all(cron),
      variables: cron,
    },
  ]
}
