import { homedir, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { isLoopback } from '@/lib/core/loopback'
import { quoted } from '@/lib/core/quoted'
import { AppError } from '@/lib/errors'

const flag = z
  .enum(['true', 'false', '1', '0', ''])
  .default('false')
  .transform((value) => value === 'true' || value === '1')
const text = z.string().min(1).optional()

const USUAL_PORT = 4280
const usualHome = () => join(homedir(), '.devpilot')

/** In a clone that nothing was linked from. */
const PROGRAM = 'npx tsx cli/devpilot.ts'

/** Every environment variable that DevPilot reads. An empty value counts as not set. */
const envSchema = z.object({
  DEVPILOT_HOME: z.string().transform((path) => resolve(path)),
  DEVPILOT_URL: z.url().optional(),
  DEVPILOT_TOKEN: text,
  DEVPILOT_PORT: z.coerce
    .number({ error: 'a port is a whole number from 1 to 65535' })
    .int()
    .min(1)
    .max(65_535)
    .default(USUAL_PORT),
  /** Runs that all workers together may work on at once, in all and of one repository; absent: no cap. */
  DEVPILOT_MAX_ACTIVE: z.coerce.number().int().min(1).optional(),
  DEVPILOT_MAX_ACTIVE_PER_REPOSITORY: z.coerce.number().int().min(1).optional(),
  DEVPILOT_LOG: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  /** What repositories may ask for in their devpilot.yaml that weakens the sandbox: this machine's owner says so. */
  DEVPILOT_TRUST: z
    .string()
    .default('')
    .transform((list) =>
      list
        .split(',')
        .map((word) => word.trim())
        .filter((word) => word !== ''),
    )
    .pipe(z.array(z.enum(['none', 'paths', 'egress']))),
  /** Comma-separated servers and tools that tests must not skip. */
  DEVPILOT_REQUIRE: z.string().default(''),
  /** A Postgres server on which tests may make databases; without it they start one of their own. */
  DEVPILOT_TEST_DATABASE_URL: z.string().startsWith('postgres', 'a postgres:// URL').optional(),
  DATABASE_URL: z.string().startsWith('postgres', 'a postgres:// URL').optional(),
  /** What drives runs: workers on the database alone, or a Temporal server. */
  DEVPILOT_ENGINE: z.enum(['embedded', 'temporal']).default('embedded'),
  /** `host:port`; 7233 where no port is given. */
  TEMPORAL_ADDRESS: text,
  TEMPORAL_NAMESPACE: z.string().min(1).default('default'),
  TEMPORAL_TASK_QUEUE: z.string().min(1).default('devpilot'),
  /** Speak TLS without a certificate of our own. Certificates and an API key imply it. */
  TEMPORAL_TLS: flag,
  /** Our certificate, its key, and the authority of the server's: a file's path, or PEM. */
  TEMPORAL_TLS_CERT: text,
  TEMPORAL_TLS_KEY: text,
  TEMPORAL_TLS_CA: text,
  /** Of Temporal Cloud. */
  TEMPORAL_API_KEY: text,
  /** The `temporal` program that tests start a server with; without it one on the PATH, or of `go install`. */
  DEVPILOT_TEMPORAL_PROGRAM: text,
  /** Hosted Postgres over a WebSocket, as Vercel names it; DATABASE_URL wins. */
  POSTGRES_URL: z.string().startsWith('postgres', 'a postgres:// URL').optional(),
  /** What a caller of /api/cron sends as `Authorization: Bearer`; Vercel's own cron does. */
  CRON_SECRET: text,
  /** How long /api/cron/tick begins new work. */
  DEVPILOT_SLICE_SECONDS: z.coerce.number().min(1).max(240).default(50),
  /** Set by Vercel: this is one of its functions, reached under these names. */
  VERCEL: flag,
  VERCEL_URL: text,
  VERCEL_PROJECT_PRODUCTION_URL: text,
  OPENAI_API_KEY: text,
  OPENAI_BASE_URL: z.url().optional(),
  ANTHROPIC_API_KEY: text,
  ANTHROPIC_BASE_URL: z.url().optional(),
  TOGETHER_API_KEY: text,
  TOGETHER_BASE_URL: z.url().optional(),
  /** The address and key of a server that speaks OpenAI's chat completions: Ollama, vLLM, llama.cpp. */
  COMPATIBLE_BASE_URL: z.url().optional(),
  COMPATIBLE_API_KEY: text,
  USE_OUMI_MODEL: flag,
  OUMI_ENDPOINT: z.url().optional(),
  OUMI_API_KEY: text,
  /** Seals the cookies of sessions; without it, made from the installation's token. */
  NEXTAUTH_SECRET: z.string().min(32, 'at least 32 characters').optional(),
  /** An OAuth app of GitHub that people sign in with. */
  GITHUB_CLIENT_ID: text,
  GITHUB_CLIENT_SECRET: text,
  /** Where people sign in; GITHUB_API_URL is where programs ask. */
  GITHUB_URL: z.url().default('https://github.com'),
  GITHUB_TOKEN: text,
  GITHUB_API_URL: z.url().optional(),
  /** What GitHub signs its webhooks with. */
  GITHUB_WEBHOOK_SECRET: z.string().min(16, 'at least 16 characters').optional(),
  GITHUB_APP_ID: text,
  GITHUB_APP_PRIVATE_KEY: text,
  GITHUB_APP_INSTALLATION_ID: text,
  /** How this program is called, for the commands that it prints; set by its launchers. */
  DEVPILOT_PROGRAM: z.string().min(1).default(PROGRAM),
  NO_COLOR: z.string().optional(),
  CI: z.string().optional(),
  PATH: z.string().default('/usr/local/bin:/usr/bin:/bin'),
})

export type Env = z.infer<typeof envSchema>

/** Names whose values are secret: redacted wherever text leaves the process (see lib/log.ts). */
export const secretNames = [
  'DEVPILOT_TOKEN',
  'DATABASE_URL',
  'TEMPORAL_API_KEY',
  'TEMPORAL_TLS_KEY',
  'POSTGRES_URL',
  'CRON_SECRET',
  'NEXTAUTH_SECRET',
  'GITHUB_CLIENT_SECRET',
  'OPENAI_API_KEY',
  'ANTHROPIC_API_KEY',
  'TOGETHER_API_KEY',
  'OUMI_API_KEY',
  'COMPATIBLE_API_KEY',
  'GITHUB_TOKEN',
  'GITHUB_WEBHOOK_SECRET',
  'GITHUB_APP_PRIVATE_KEY',
] as const satisfies readonly (keyof Env)[]

/**
 * The validated environment.
 * @throws AppError('bad_config') that names every wrong variable at once.
 */
export function parseEnv(source: Readonly<Record<string, string | undefined>>): Env {
  const present = Object.fromEntries(
    Object.entries(source).filter(([, value]) => value !== undefined && value !== ''),
  )
  // A function may write below the temporary folder alone.
  const home = present.VERCEL === '1' ? join(tmpdir(), 'devpilot') : usualHome()
  const parsed = envSchema.safeParse({ DEVPILOT_HOME: home, ...present })
  if (parsed.success) return parsed.data
  const lines = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
  throw new AppError('bad_config', `The environment is not valid:\n  ${lines.join('\n  ')}`, {
    place: lines.map((line) => line.split(':')[0]).join(', '),
    mend: 'Correct or unset these variables and start again.',
  })
}

let cached: Env | undefined

/** The environment of this process, read and validated once. */
export function env(): Env {
  cached ??= parseEnv(process.env)
  return cached
}

/** How a person calls this program here: messages say it, those about a wrong environment too. */
export function programName(): string {
  return process.env.DEVPILOT_PROGRAM || PROGRAM
}

/**
 * What stands before a command about the installation of this home; empty for the usual one. It holds with a server and
 * without: a command finds a server by its port, and works on the home by itself when none answers there.
 */
export function variablesFor(home: string, port: number): string {
  const variables = [
    home === usualHome() ? '' : `DEVPILOT_HOME=${quoted(home)}`,
    port === USUAL_PORT ? '' : `DEVPILOT_PORT=${port}`,
  ]
  return variables.filter((one) => one !== '').join(' ')
}

/**
 * What a command begins with that a page names. The one user of an installation on this machine is known by its home;
 * everybody else is asked for a key of their own, for the home's would make them its owner.
 * @param alone whoever reads it is that one user, where the server is on their machine
 */
export function programOnPages(its: Env, alone: boolean): string {
  const url = ownUrls(its)[0] ?? `http://127.0.0.1:${its.DEVPILOT_PORT}`
  const variables =
    alone && isLoopback(new URL(url).hostname)
      ? variablesFor(its.DEVPILOT_HOME, its.DEVPILOT_PORT)
      : `DEVPILOT_URL=${quoted(url)} DEVPILOT_TOKEN="…"`
  return variables === '' ? its.DEVPILOT_PROGRAM : `${variables} ${its.DEVPILOT_PROGRAM}`
}

/** The database server that is named, and how it is reached; null: the embedded one in DEVPILOT_HOME. */
export function databaseServer({ DATABASE_URL, POSTGRES_URL }: Env) {
  if (DATABASE_URL) return { url: DATABASE_URL, variable: 'DATABASE_URL', driver: 'pg' } as const
  if (POSTGRES_URL) return { url: POSTGRES_URL, variable: 'POSTGRES_URL', driver: 'vercel' } as const
  return null
}

/** The addresses beside loopback under which this installation is reached. */
export function ownUrls({ DEVPILOT_URL, VERCEL_URL, VERCEL_PROJECT_PRODUCTION_URL }: Env): string[] {
  const given = [
    DEVPILOT_URL,
    ...[VERCEL_PROJECT_PRODUCTION_URL, VERCEL_URL].map((host) => host && `https://${host}`),
  ]
  return given.filter((url): url is string => url !== undefined && URL.canParse(url))
}

/** Variables of the host that programs started by us on the host (git, package managers) may need, nothing else. */
export function hostToolEnv(): Record<string, string> {
  const keep = ['PATH', 'HOME', 'LANG', 'SSL_CERT_FILE', 'NODE_EXTRA_CA_CERTS', 'TMPDIR']
  return Object.fromEntries(keep.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])))
}

/** The host's variables of these names that are set and not empty: proxies, certificates, toolchains' roots. */
export function hostVariables(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])))
}

/** The whole environment for another process of this very program (its server), with changes. */
export function ownProcessEnv(changes: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  return { ...process.env, ...changes }
}

/** Tells next-auth, which looks into the environment itself, where it is reached; what was set is left. */
export function nextAuthUrl(): void {
  const { DEVPILOT_URL, DEVPILOT_PORT } = env()
  // On Vercel it asks the request, whose host was checked.
  if (process.env.VERCEL && DEVPILOT_URL === undefined) return
  process.env.NEXTAUTH_URL ??= DEVPILOT_URL ?? `http://127.0.0.1:${DEVPILOT_PORT}`
}

/** Whether this is `next dev`, whose tools evaluate code and add styles that a page of ours may not. */
export function isDevelopment(): boolean {
  return process.env.NODE_ENV === 'development'
}
