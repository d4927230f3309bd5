import { keyScopes } from '@/lib/core/access'
import type { Actor } from '@/lib/core/trigger'
import type { Db } from '@/lib/db/client'

/**
 * What somebody may do; a route, action or page states one. Roles and keys hold some (lib/core/access.ts); `cron` is
 * the work that comes again, for who sends CRON_SECRET; `signed` is what other programs tell, each signed.
 */
export const accessLevels = ['public', ...keyScopes, 'cron', 'signed'] as const
export type Access = (typeof accessLevels)[number]

/** Who asks a service, and with what. Made by lib/edge for requests and by the CLI for its own process. */
export interface ServiceContext {
  /** Asked under the caller's role: Postgres refuses what `authorise()` would. */
  readonly db: Db
  readonly actor: Actor
  /** The access levels that this caller holds; checked by `authorise()` at the head of every service. */
  readonly grants: readonly Access[]
  /** DEVPILOT_HOME. */
  readonly home: string
  /** True for an installation whose one user is requester and approver alike (spec.md section 7). */
  readonly singleUser: boolean
  /** The session of the browser that asks. */
  readonly session?: string
  /** The key that asks, by its id. */
  readonly key?: string
  /** The caller is a command in this very process, with the user's own rights on the machine's files. */
  readonly local?: boolean
  /**
   * Wakes the worker of this process, so that what was just committed is claimed at once. With the run that a person
   * changed, so that whoever works on it hears of it.
   */
  readonly wake: (runId?: string) => void
}
