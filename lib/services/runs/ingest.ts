import { and, eq, sql } from 'drizzle-orm'
import type { z } from 'zod'
import { artifacts, runs } from '@/drizzle/schema'
import { isEnded, type RunStatus } from '@/lib/core/status'
import { appendAudit } from '@/lib/db/audit'
import { sha256, type Tx } from '@/lib/db/client'
import { appendEvents } from '@/lib/db/events'
import { newId } from '@/lib/db/ids'
import { countEnd } from '@/lib/db/transition'
import { AppError } from '@/lib/errors'
import { redact } from '@/lib/log'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { parseInput } from '../parse'
import { findOrRegister } from '../repositories/register'
import type { RunSummary } from '../views'
import { noRun } from './get'
import { type IngestRun, ingestId, ingestRunInput, statusOf } from './ingest-input'
import { toMicros } from './start-input'
import { type RunRow, toRunSummary } from './summary'

/** Output beyond this stays with the caller; a live event shows its last part. */
const SHOWN = 20_000

/**
 * Takes in the log of work that was done elsewhere (the CLI, Cline). The same id again updates it; a log that has
 * ended is not set back by one that was sent earlier and came later.
 * @throws AppError('conflict') when the id is that of a run which DevPilot itself drives.
 */
export async function ingestRun({
  ctx,
  input,
}: {
  ctx: ServiceContext
  input: z.input<typeof ingestRunInput>
}): Promise<RunSummary> {
  authorise(ctx, 'ingest')
  const log = parseInput(ingestRunInput, input)
  const id = ingestId(log.id)
  return ctx.db.transaction((tx) => store(tx, ctx, id, log))
}

async function store(tx: Tx, ctx: ServiceContext, id: string, log: IngestRun): Promise<RunSummary> {
  const repository = await findOrRegister(tx, ctx, log.repository)
  const status = statusOf(log)
  const values = { ...columns(log, status), repositoryId: repository.id }
  const [added] = await tx
    .insert(runs)
    .values({ id, source: 'ingest', flow: 'ingest', trigger: 'api', requestedBy: ctx.actor, ...values })
    .onConflictDoNothing()
    .returning()
  const before = added ? null : await holdLog(tx, id)
  const over = before !== null && isEnded(before.status)
  const late = over && !isEnded(status)
  // What it counted as is taken back before it says something else.
  if (over && !late) await countEnd(tx, id, before.status, -1)
  const row = added ?? (late ? before : await update(tx, id, before, values))
  if (!row) throw noRun(id)
  // A log waits at no gate.
  const { id: of, name, forge } = repository
  const summary = toRunSummary(row, { id: of, name, forge }, null)
  if (late) return summary
  if (isEnded(status)) await countEnd(tx, id, status)
  await keepOutput(tx, id, log)
  const said = { repository: repository.name, status, was: before?.status ?? null }
  const action = before ? 'log.updated' : 'log.received'
  await appendAudit(tx, { runId: id, actor: ctx.actor, action, data: said })
  const data = { status, step: 'ingest', detail: values.ending ?? status }
  await appendEvents(tx, [{ runId: id, beadId: null, kind: 'run', data }])
  return summary
}

async function update(
  tx: Tx,
  id: string,
  before: RunRow | null,
  values: Columns,
): Promise<RunRow | undefined> {
  if (!before) return undefined
  const same = and(eq(runs.id, id), eq(runs.status, before.status))
  const [row] = await tx.update(runs).set(values).where(same).returning()
  return row
}

async function holdLog(tx: Tx, id: string): Promise<RunRow> {
  const [row] = await tx.select().from(runs).where(eq(runs.id, id)).for('update')
  if (row?.source === 'ingest') return row
  throw new AppError('conflict', `The run ${id} is driven by DevPilot; a log cannot replace it.`, {
    place: 'id',
    mend: 'Send another id, or none.',
  })
}

type Columns = ReturnType<typeof columns> & { readonly repositoryId: string }

function columns(log: IngestRun, status: RunStatus) {
  const { tokens } = log
  const used = typeof tokens === 'object' ? tokens : { input: tokens ?? 0, output: 0 }
  const title = [...redact(log.task.split('\n', 1)[0] ?? '')].slice(0, 200).join('') || 'A task'
  const ended = isEnded(status) ? new Date(log.endedAt ?? log.startedAt) : null
  return {
    title,
    task: { title, body: redact(log.task), ...(log.files ? { files: log.files } : {}) },
    status,
    step: 'ingest',
    ending: log.summary === undefined ? null : redact(log.summary),
    budgetMicros: 0,
    costMicros: toMicros(log.costUsd ?? 0),
    inputTokens: used.input,
    outputTokens: used.output,
    startedAt: new Date(log.startedAt),
    endedAt: ended,
    updatedAt: sql`now()`,
  }
}

/** The output is kept whole as an artifact, once for the same text; its end is shown as a log line. */
async function keepOutput(tx: Tx, runId: string, log: IngestRun): Promise<void> {
  if (!log.output) return
  const content = redact(log.output)
  const hash = sha256(content)
  const of = and(eq(artifacts.runId, runId), eq(artifacts.kind, 'output'))
  const [kept] = await tx.select({ sha256: artifacts.sha256 }).from(artifacts).where(of)
  if (kept?.sha256 === hash) return
  if (kept) await tx.delete(artifacts).where(of)
  await tx.insert(artifacts).values({ id: newId(), runId, kind: 'output', sha256: hash, content })
  const data = { text: content.slice(-SHOWN), truncated: content.length > SHOWN }
  await appendEvents(tx, [{ runId, beadId: null, kind: 'log', data }])
}
