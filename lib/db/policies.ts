import { getTableColumns, getTableName, is, sql, Table } from 'drizzle-orm'
import {
  type DatabaseRole,
  databaseRoles,
  openViews,
  type Permission,
  type TableRule,
  tableRules,
} from '@/drizzle/policies'
import * as schema from '@/drizzle/schema'
import { AppError } from '@/lib/errors'
import { firstRow, sha256, type Tx } from './client'
import { roleName } from './roles'

const names = (roles: readonly DatabaseRole[]) => roles.map(roleName).join(', ')
const everyRole = names(databaseRoles)

/** Tables that only the login itself looks at: what was applied to the schema. */
const bookkeeping = ['devpilot_migrations', 'devpilot_policies']

/** Tables of others may be in the same schema: nothing is said of what is not listed here. */
const ours = [...tableRules.keys(), ...bookkeeping]
const quoted = (tables: readonly string[]) => `'${tables.join("','")}'`

/**
 * Row-level security of every table of ours, forced, as one statement made from drizzle/policies.ts. What was there
 * before is taken away first, so it says the whole of it whatever was said earlier.
 */
export function policiesSql(): string {
  return `do $policies$
declare
  old record;
begin
  for old in select policyname, tablename from pg_policies
    where schemaname = current_schema() and tablename in (${quoted(ours)}) loop
    execute format('drop policy %I on %I', old.policyname, old.tablename);
  end loop;
  revoke all on ${[...ours, ...openViews].join(', ')} from public, ${everyRole};
  execute format('grant usage on schema %I to ${everyRole}', current_schema());
  -- Readers of live events ask how far the numbers are given out.
  for old in select s.relname from pg_class s
      join pg_depend d on d.classid = 'pg_class'::regclass and d.objid = s.oid and d.deptype in ('a', 'i')
      join pg_class t on d.refclassid = 'pg_class'::regclass and t.oid = d.refobjid
    where s.relkind = 'S' and t.relnamespace = current_schema()::regnamespace
      and t.relname in (${quoted(ours)}) loop
    execute format('grant select on sequence %I to ${everyRole}', old.relname);
  end loop;
${[...tableRules].map(([table, rule]) => tableSql(table, rule)).join('\n')}
${bookkeeping.map((table) => `${forced(table)}\n  create policy login on ${table} to current_user using (true) with check (true);`).join('\n')}
${openViews.map((view) => `  alter view ${view} set (security_invoker = true);\n  grant select on ${view} to ${everyRole};`).join('\n')}
end $policies$`
}

function forced(table: string): string {
  return `  alter table ${table} enable row level security;\n  alter table ${table} force row level security;`
}

function tableSql(table: string, { secret = [], permissions }: TableRule): string {
  const lines = permissions.flatMap((permission, place) => permissionSql(table, secret, permission, place))
  return [forced(table), ...lines].join('\n')
}

function permissionSql(
  table: string,
  secret: readonly string[],
  permission: Permission,
  place: number,
): string[] {
  const { roles, verbs, rows = 'true', columns } = permission
  return verbs.flatMap((verb) => {
    const grants = roles.map((role) => {
      const hidden = verb === 'select' && role !== 'auth' ? secret : []
      const seen = hidden.length > 0 ? columnsOf(table).filter((name) => !hidden.includes(name)) : null
      const only = verb === 'update' ? (columns ?? null) : seen
      return `  grant ${verb}${only ? ` (${only.map((name) => `"${name}"`).join(', ')})` : ''} on ${table} to ${roleName(role)};`
    })
    const using = verb === 'insert' ? '' : ` using (${rows})`
    const check = verb === 'insert' || verb === 'update' ? ` with check (${rows})` : ''
    return [
      ...grants,
      `  create policy ${verb}_${place} on ${table} for ${verb} to ${names(roles)}${using}${check};`,
    ]
  })
}

/** The names of a table's columns in the database. */
function columnsOf(name: string): string[] {
  const table = schemaTables().get(name)
  if (!table) throw new AppError('internal', `drizzle/policies.ts names ${name}, which the schema has not.`)
  return Object.values(getTableColumns(table)).map((column) => column.name)
}

/** The tables of drizzle/schema by their names in the database. */
export function schemaTables(): ReadonlyMap<string, Table> {
  return new Map(
    Object.values(schema).flatMap((value): [string, Table][] =>
      is(value, Table) ? [[getTableName(value), value]] : [],
    ),
  )
}

/**
 * Says who may do what, where that is not what the database has been told last. In the caller's transaction, which is
 * the login's own and holds the lock of migrations.
 * @returns whether anything was said
 * @throws AppError('bad_config') where the schema is closed to our roles
 */
export async function applyPolicies(tx: Tx): Promise<boolean> {
  const statement = policiesSql()
  const hash = sha256(statement)
  const last = firstRow(await tx.execute(sql`select hash from devpilot_policies`))
  if (last?.hash === hash) return false
  await tx.execute(sql.raw(statement))
  const open = firstRow(
    await tx.execute(sql`select has_schema_privilege(${roleName('app')}, current_schema(), 'usage') as open,
      quote_ident(current_schema()) as name`),
  )
  if (open?.open !== true) {
    throw new AppError('bad_config', `The schema ${String(open?.name)} is closed to DevPilot's roles.`, {
      place: 'DATABASE_URL',
      mend: `As its owner: GRANT USAGE ON SCHEMA ${String(open?.name)} TO ${everyRole};`,
    })
  }
  await tx.execute(sql`delete from devpilot_policies`)
  await tx.execute(sql`insert into devpilot_policies (hash) values (${hash})`)
  return true
}

/**
 * Lets the owner of the tables see every row while a migration changes them; `applyPolicies` forces it again, at the
 * next start too when this one is cut off.
 */
export async function relaxPolicies(tx: Tx): Promise<void> {
  await tx.execute(sql`delete from devpilot_policies`)
  await tx.execute(
    sql.raw(`do $$ declare forced record; begin
  for forced in select c.relname from pg_class c
    where c.relnamespace = current_schema()::regnamespace and c.relforcerowsecurity and c.relname in (${quoted([...tableRules.keys()])}) loop
    execute format('alter table %I no force row level security', forced.relname);
  end loop;
end $$`),
  )
}
