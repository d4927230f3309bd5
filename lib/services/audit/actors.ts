import { sql } from 'drizzle-orm'
import { z } from 'zod'
import { allRows, type Db } from '@/lib/db/client'

const actorSchema = z.object({ id: z.string(), name: z.string() })
/** Whoever did something: people, agents, the engine. */
export type KnownActor = z.infer<typeof actorSchema>

const MOST = 500

/** Whom the log holds, by the names that they have now, 500 at most, by jumping through its index: see `auditActions`. */
export async function auditActors(db: Db): Promise<KnownActor[]> {
  const next = sql`actor ->> 'id', coalesce(actor ->> 'name', actor ->> 'id') from audit_log`
  const rows = allRows(
    await db.execute(sql`with recursive known(id, name) as (
        (select ${next} where actor ->> 'id' is not null order by actor ->> 'id' limit 1)
        union all
        select found.* from known cross join lateral (
          select ${next} where actor ->> 'id' > known.id order by actor ->> 'id' limit 1) found)
      select known.id, coalesce(users.name, known.name) as name
      from (select * from known limit ${MOST}) known left join users on users.id = known.id`),
  )
  return z.array(actorSchema).parse(rows)
}

/** The ids that a filter by who means: the text as an id, and whose name it is or was. */
export async function actorIds(db: Db, text: string): Promise<string[]> {
  const wanted = text.toLowerCase()
  const [known, members] = await Promise.all([auditActors(db), membersNamed(db, text)])
  const named = known.filter(({ name }) => name.toLowerCase() === wanted).map(({ id }) => id)
  return [...new Set([text, ...named, ...members])]
}

/** The ids of accounts that have a name, or had it: entries keep the one of their time. */
async function membersNamed(db: Db, name: string): Promise<string[]> {
  const rows = allRows(
    await db.execute(sql`
      select id from users where lower(name) = lower(${name})
      union select actor ->> 'id' from audit_log
        where action = 'user.renamed' and lower(${name}) in (lower(data ->> 'was'), lower(data ->> 'is'))
      limit ${MOST}`),
  )
  return rows.map(({ id }) => String(id))
}
