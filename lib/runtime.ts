import { WrongTokens } from '@/lib/auth/attempts'
import { installationToken } from '@/lib/auth/token'
import { leastRole, OWNER_ID } from '@/lib/core/access'
import type { Actor } from '@/lib/core/trigger'
import { type Database, type OpenOptions, openDatabase } from '@/lib/db/client'
import { databaseServer, env } from '@/lib/env'
import { type Access, accessLevels, type ServiceContext } from '@/lib/services/context'
import { EventsHub } from '@/lib/services/runs/events-hub'
import { homeError } from './runtime/home'
import { assertServerless } from './runtime/serverless'

export interface EngineHealth {
  readonly ok: boolean
  readonly detail: string | null
  readonly mend?: string | undefined
  /** What does not answer, where it is not the engine. */
  readonly place?: string
}

/** What drives runs in this process, as readiness and services see it. */
export interface RuntimeEngine {
  readonly name: 'embedded' | 'temporal'
  /** The sandbox in force: `bubblewrap`, `docker`, `none`. */
  readonly sandbox: string
  worker(): 'running' | 'stopped'
  /** Looks for due work at once; at this run first, when a person has just changed it. */
  wake(runId?: string): void
  /** Does one of its duties at once, where it is in this process: there is work for it. */
  attend(duty: string): void
  /** Whether what it needs beside the database answers, and in a sentence for people what does not. */
  health(): Promise<EngineHealth>
  /**
   * Jobs that seem to be worked on by what is gone (a terminated workflow, a lost namespace) become ready again.
   * @returns the runs that were mended @throws while what would know does not answer
   */
  reconcile(): Promise<readonly string[]>
  stop(): Promise<void>
}

/** Everything that lives as long as the process does. */
export interface Runtime {
  readonly database: Database
  readonly home: string
  readonly token: string
  readonly wrongTokens: WrongTokens
  readonly events: EventsHub
  /** Aborted, with an AppError that says so, once another version has changed the database. */
  readonly superseded: AbortController
  engine?: RuntimeEngine
  /**
   * A context for a caller that was told apart already (lib/auth/contexts.ts for people's requests). The database is
   * asked under the least role that holds what a person was granted; the system's own work under the app's.
   */
  context(actor: Actor, grants?: readonly Access[], asked?: Asked): ServiceContext
  wake(runId?: string): void
  close(): Promise<void>
}

/** How a person asks, where that matters. */
export type Asked = Partial<Pick<ServiceContext, 'singleUser' | 'session' | 'key'>>

export interface RuntimeOptions extends OpenOptions {
  readonly token?: string | undefined
  /** One that is open already, instead of opening `url` or the embedded one. */
  readonly database?: Database
}

/** Whoever holds the installation's token, or the machine. */
export function owner(via: string): Actor {
  return { kind: 'user', id: OWNER_ID, name: 'owner', via }
}

/**
 * Opens the database and all that hangs on it. The engine is added by who starts one.
 * @throws AppError that names DEVPILOT_HOME where it cannot be used; else as `openDatabase` does
 */
export async function openRuntime(options: RuntimeOptions): Promise<Runtime> {
  const { home } = options
  const { token, database } = await openHome(options).catch((error: unknown) => {
    throw homeError(error, home)
  })
  const events = new EventsHub(database)
  const runtime: Runtime = {
    database,
    home,
    token,
    wrongTokens: new WrongTokens(),
    events,
    superseded: new AbortController(),
    context: (actor, grants = accessLevels, asked = {}) => ({
      db: actor.kind === 'user' ? database.as({ role: leastRole(grants), user: actor.id }) : database.db,
      actor,
      grants,
      home,
      singleUser: true,
      wake: (runId) => runtime.wake(runId),
      ...asked,
    }),
    wake: (runId) => runtime.engine?.wake(runId),
    close: async () => {
      await runtime.engine?.stop()
      await events.close()
      await database.close()
    },
  }
  return runtime
}

async function openHome(options: RuntimeOptions): Promise<Pick<Runtime, 'token' | 'database'>> {
  const { token } = installationToken(options.home, options.token)
  return { token, database: options.database ?? (await openDatabase(options)) }
}

/** Next gives instrumentation and routes different instances of this module, so the runtime hangs on the process. */
const KEY = Symbol.for('devpilot.runtime')

interface Holder {
  [KEY]?: Promise<Runtime>
}

function holder(): Holder {
  return globalThis as Holder
}

/** The runtime of this process, opened by the first who asks. A failed opening is tried again by the next. */
export function getRuntime(): Promise<Runtime> {
  const here = holder()
  here[KEY] ??= openOwn().catch((error: unknown) => {
    delete here[KEY]
    throw error
  })
  return here[KEY]
}

async function openOwn(): Promise<Runtime> {
  const { DEVPILOT_HOME: home, DEVPILOT_TOKEN: token, VERCEL: serverless } = env()
  assertServerless(env())
  return openRuntime({ home, token, serverless, ...databaseServer(env()) })
}

/** Makes this runtime the process's own; null takes it away. For the CLI's own process and for tests. */
export function setRuntime(runtime: Runtime | null): void {
  if (runtime) holder()[KEY] = Promise.resolve(runtime)
  else delete holder()[KEY]
}
