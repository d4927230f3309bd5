import { sql } from 'drizzle-orm'
import { z } from 'zod'
import { allRows, type Db } from '@/lib/db/client'

const actorSchema = z.object({ id: z.string(), name: z.string() })
/** Whoever did something: people, agents, the engine. */
export type KnownActor = z.infer<typeof actorSchema>

const MOST = 500

/** Whom the log holds, 500 at most, by jumping through its index: see `auditActions`. */
export async function auditActors(db: Db): Promise<KnownActor[]> {
  const next = sql`actor ->> 'id', coalesce(actor ->> 'name', actor ->> 'id') from audit_log`
  const rows = allRows(
    await db.execute(sql`with recursive known(id, name) as (
        (select ${next} where actor ->> 'id' is not null order by actor ->> 'id' limit 1)
        union all
        select found.* from known cross join lateral (
          select ${next} where actor ->> 'id' > known.id order by actor ->> 'id' limit 1) found)
      select id, name from known limit ${MOST}`),
  )
  return z.array(actorSchema).parse(rows)
}

/** The ids that a filter by who means: the text as an id, and whose name it is among those that can be offered. */
export async function actorIds(db: Db, text: string): Promise<string[]> {
  const wanted = text.toLowerCase()
  const known = await auditActors(db)
  const named = known.filter(({ name }) => name.toLowerCase() === wanted).map(({ id }) => id)
  return [...new Set([text, ...named])]
}
