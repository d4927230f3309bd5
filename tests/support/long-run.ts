import { sql } from 'drizzle-orm'
import { beads, repositories } from '@/drizzle/schema'
import type { Db } from '@/lib/db/client'
import { newId } from '@/lib/db/ids'
import { seedRun } from './seed-run'

/** An ended run with 100,000 lines in its log and a bead of 5,000 turns. */
export async function seedLong(db: Db): Promise<string> {
  const repositoryId = newId()
  const source = 'https://github.com/acme/long.git'
  await db
    .insert(repositories)
    .values({ id: repositoryId, name: 'acme/long', forge: 'github', source, defaultBranch: 'main' })
  const run = await seedRun(db, {
    repositoryId,
    title: 'A long run',
    status: 'succeeded',
    at: new Date('2026-11-20T10:00:00Z'),
    endedAt: new Date('2026-11-20T14:00:00Z'),
    state: { step: 'end', ending: 'Merged.' },
  })
  await longBead(db, run, 1, 'planner')
  const beadId = await longBead(db, run, 2)
  await longLog(db, { runId: run, beadId, count: 100_000 })
  await longTalk(db, { runId: run, beadId, count: 5_000 })
  return run
}

/** A bead of a run, the one to hang long things on. */
export async function longBead(db: Db, runId: string, seq: number, step = 'coder'): Promise<string> {
  const id = newId()
  await db.insert(beads).values({
    id,
    runId,
    seq,
    step,
    name: step,
    category: 'agent',
    status: 'completed',
    taskId: 'T1',
    model: 'claude-sonnet-4-5',
    startedAt: new Date('2026-11-20T10:00:00Z'),
    endedAt: new Date('2026-11-20T14:00:00Z'),
  })
  return id
}

/**
 * Log lines of a bead, made by the database, each an event: line `n` says `line n`, every 1,000th that it found a
 * needle, every 100th is a tool's. They go on after `after`, the number of the last line that is there.
 */
export async function longLog(
  db: Db,
  { runId, beadId, count, after = 0 }: { runId: string; beadId: string; count: number; after?: number },
): Promise<void> {
  await db.execute(sql`
    insert into run_events (run_id, bead_id, kind, at, data, first_line)
    select ${runId}::uuid, ${beadId}::uuid, case when n % 100 = 0 then 'tool' else 'log' end,
      '2026-11-20T10:00:00Z'::timestamptz + n * interval '100 ms',
      case when n % 100 = 0
        then jsonb_build_object('tool', 'run_command', 'call', 'line ' || n, 'isError', n % 500 = 0)
        else jsonb_build_object('text', 'line ' || n || case when n % 1000 = 1 then ' has a ' || chr(27) || '[31mnee'
          || chr(27) || '[0mdle' else ' of the output of a program that says a lot' end) end,
      n
    from generate_series(${after + 1}::integer, ${after + count}::integer) as n`)
}

/** Turns 1 to `count` of a bead, made by the database; the first carries the opening. */
export async function longTalk(
  db: Db,
  { runId, beadId, count }: { runId: string; beadId: string; count: number },
): Promise<void> {
  const opening = {
    system: 'You change code.',
    template: 'Do this: {{task}}',
    values: { task: 'the task of the long run' },
    tools: [{ name: 'read_file', description: 'Reads a file.', parameters: {} }],
    maxTokens: 4_000,
    temperature: 0,
  }
  await db.execute(sql`
    insert into turns (id, run_id, bead_id, seq, prompt, prompt_version, prompt_hash, model, request, opening, fresh,
      content, tool_calls, tool_results, finish, usage, cost_micros, started_at, ended_at)
    select gen_random_uuid(), ${runId}::uuid, ${beadId}::uuid, n, 'coder', case when n % 2 = 0 then '4' else '3' end,
      'c0ffee12d41d8cd98f00b204e9800998ecf8427e', 'claude-sonnet-4-5', 'request ' || n,
      case when n = 1 then ${JSON.stringify(opening)}::jsonb end, n = 1, 'answer ' || n || repeat(' and more', 50),
      jsonb_build_array(jsonb_build_object('id', 'c' || n, 'name', 'read_file', 'arguments', '{"path":"a.ts"}')),
      jsonb_build_array(jsonb_build_object('toolCallId', 'c' || n, 'content', repeat('result ' || n || ' ', 200),
        'isError', n % 7 = 0, 'durationMs', 12)),
      'tool_calls', '{"inputTokens":1000,"outputTokens":100,"cachedInputTokens":800,"estimated":false}', 1000,
      '2026-11-20T10:00:00Z'::timestamptz + n * interval '2 s',
      '2026-11-20T10:00:01Z'::timestamptz + n * interval '2 s'
    from generate_series(1, ${count}::integer) as n`)
}
