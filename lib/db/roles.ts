import { sql } from 'drizzle-orm'
import { type DatabaseRole, databaseRoles } from '@/drizzle/policies'
import { AppError } from '@/lib/errors'
import { allRows, firstRow, type Tx } from './client'

/** The role's name on the server, where it is shared by all databases. */
export function roleName(role: DatabaseRole): string {
  return `devpilot_${role}`
}

/** Times that what another start does at the same moment is waited for. */
const TRIES = 5

/**
 * Makes the roles that are missing and lets this login become each of them. Roles belong to the whole server: several
 * databases may be made at once, and a dump that is restored elsewhere finds none.
 * @throws AppError('bad_config') with the SQL to run by hand, where this login may not
 */
export async function ensureRoles(tx: Tx): Promise<void> {
  for (let tried = 0; ; tried += 1) {
    const missing = await missingRoles(tx)
    if (missing.length === 0) return
    for (const { name, exists } of missing) {
      const statement = `do $$ begin ${exists ? '' : `create role ${name} nologin;`} grant ${name} to current_user; end $$`
      try {
        await tx.transaction((inner) => inner.execute(sql.raw(statement)))
      } catch (cause) {
        // Made by another database's start a moment ago, it is there at the next look; else this login may not.
        if (tried >= TRIES || !isRace(cause)) throw await notAllowed(tx, cause)
      }
    }
  }
}

async function missingRoles(tx: Tx): Promise<{ name: string; exists: boolean }[]> {
  // Since PostgreSQL 16 a member may be one without the right to become it.
  const rows = allRows(
    await tx.execute(sql`
      select name, r.oid is not null as exists
      from unnest(${sql.param(`{${databaseRoles.map(roleName).join(',')}}`)}::text[]) as name
        left join pg_roles r on r.rolname = name
      where r.oid is null or not pg_has_role(session_user, r.oid,
        case when current_setting('server_version_num')::integer >= 160000 then 'SET' else 'MEMBER' end)`),
  )
  return rows.map((row) => ({ name: String(row.name), exists: row.exists === true }))
}

/** Another transaction has just done the same: duplicate_object, unique_violation, "tuple concurrently updated". */
function isRace(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ('code' in at && ['42710', '23505', 'XX000'].includes(String(at.code))) return true
  }
  return false
}

async function notAllowed(tx: Tx, cause: unknown): Promise<AppError> {
  const login = String(firstRow(await tx.execute(sql`select quote_ident(session_user) as name`))?.name)
  const all = databaseRoles.map(roleName)
  const sqlByHand = [
    ...(await missingRoles(tx))
      .filter(({ exists }) => !exists)
      .map(({ name }) => `CREATE ROLE ${name} NOLOGIN;`),
    `GRANT ${all.join(', ')} TO ${login};`,
  ].join(' ')
  return new AppError(
    'bad_config',
    `The database user ${login} may not make the roles that DevPilot asks the database as.`,
    {
      place: 'DATABASE_URL',
      mend: `As a superuser, once for this server: ${sqlByHand}`,
      cause,
    },
  )
}
