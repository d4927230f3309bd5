import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import type { StoppableServer } from './postgres'

/**
 * A database of which one commit is kept, and its answer lost: it waits for a replica that never comes, as in a
 * failover, until its connection is ended.
 * @param what the commit does: `insert on turns`
 * @param when of the rows that it does it to, for which it is
 * @returns its URL; what settles once the commit waits; and what ends its connection, to be called once it is open
 */
export async function losesAnswer(
  server: StoppableServer,
  what: string,
  when = 'true',
): Promise<{ readonly url: string; waiting(): Promise<void>; lost(): Promise<void> }> {
  const url = await server.create()
  const all = new pg.Client({ connectionString: server.url })
  await all.connect()
  await all.query("alter system set synchronous_commit = 'local'")
  await all.query("alter system set synchronous_standby_names = 'nobody'")
  await all.end()
  await server.halt()
  await server.goOn()
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(`
    create sequence lost_answers;
    create function lose_answer() returns trigger language plpgsql security definer as $$
      begin
        if nextval('lost_answers') = 1 then perform set_config('synchronous_commit', 'on', true); end if;
        return null;
      end $$;
    create trigger lose_answer after ${what} for each row when (${when}) execute function lose_answer()`)
  const waits = "select pid from pg_stat_activity where wait_event = 'SyncRep'"
  const waiting = async (): Promise<void> => {
    while ((await client.query(waits)).rows.length === 0) await sleep(20)
  }
  return {
    url,
    waiting: () => waiting().finally(() => client.end()),
    async lost() {
      await waiting()
      await client.query(`select pg_terminate_backend(pid) from (${waits}) as waiting`)
      await client.end()
    },
  }
}
