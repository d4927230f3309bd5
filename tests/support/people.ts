import { eq } from 'drizzle-orm'
import { auditLog, users } from '@/drizzle/schema'
import { type RoleName, roleGrants } from '@/lib/core/access'
import type { Database, Db } from '@/lib/db/client'
import { newId } from '@/lib/db/ids'
import { AppError } from '@/lib/errors'
import type { ServiceContext } from '@/lib/services/context'
import { hashPassword } from '@/lib/services/users/password'
import type { TestDatabase } from './database'
import { contextOf } from './services'

export const PASSWORD = 'correct horse battery'

export interface People {
  readonly database: Database
  /** As sign-in has the database. */
  readonly auth: Db
  readonly owner: ServiceContext
  as(id: string, role: RoleName, more?: Partial<ServiceContext>): ServiceContext
  /** A member with a name and an address of its own, and the one password. */
  member(name: string, role: RoleName): Promise<string>
  /** What the audit log has of an action. */
  audited(action: string): Promise<readonly Record<string, unknown>[]>
}

/** The owner of a new installation, and whoever else a test needs. */
export function peopleOf(opened: TestDatabase): People {
  const { database } = opened
  const auth = database.as({ role: 'auth' })
  const as: People['as'] = (id, role, more = {}) => ({
    ...contextOf(opened, id),
    db: database.as({ role, user: id }),
    grants: ['public', ...roleGrants[role]],
    ...more,
  })
  let hash: string | undefined
  return {
    database,
    auth,
    owner: as('owner', 'admin'),
    as,
    async member(name, role) {
      hash ??= await hashPassword(PASSWORD)
      const id = newId()
      await auth.insert(users).values({ id, name, email: `${name}@example.com`, role, password: hash })
      return id
    },
    audited: async (action) =>
      (await database.db.select().from(auditLog).where(eq(auditLog.action, action))).map(({ data }) => data),
  }
}

/** How a call ended: `done`, or the code of its error. */
export function code(tried: Promise<unknown>): Promise<string> {
  return tried.then(
    () => 'done',
    (error: unknown) => (error instanceof AppError ? error.code : String(error)),
  )
}
