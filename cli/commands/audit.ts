import { z } from 'zod'
import { brief } from '@/lib/core/brief'
import { AppError } from '@/lib/errors'
import type { AuditEntry } from '@/lib/services/views'
import type { Api } from '../api'
import { withApi } from '../connect'
import { flagNumber, type Invocation, parseOptions } from '../invocation'
import { timeOf } from '../moment-flag'
import { resolveRun, shortId } from '../resolve'
import { short, table } from '../text'

const options = z.object({
  last: flagNumber.int().min(1).max(100_000).default(20),
  run: z.string().min(1).optional(),
  pipelineId: z.string().min(1).optional(),
  action: z.string().min(1).optional(),
  actor: z.string().trim().min(1).optional(),
  since: z.string().trim().min(1).optional(),
  until: z.string().trim().min(1).optional(),
})

export async function command({ options: raw, io }: Invocation): Promise<number> {
  const { last, run, pipelineId, ...narrowed } = parseOptions(options, raw)
  const named = run ?? pipelineId
  const filter = filterOf(narrowed)
  return withApi(io, async (api) => {
    const id = named === undefined ? undefined : await resolveRun(api, named)
    const entries = await newest(api, last, { ...filter, ...(id ? { run: id } : {}) })
    io.data(entries, () => table(entries.map((entry) => row(entry, io.columns))))
    if (entries.length === 0) io.note('No entries.')
    return 0
  })
}

type Narrowed = Pick<z.output<typeof options>, 'action' | 'actor' | 'since' | 'until'>

/** Flags as the list takes them, judged before anybody is asked. */
function filterOf({ action, actor, since, until }: Narrowed): Filter {
  const from = since === undefined ? undefined : timeOf('--since', since)
  const to = until === undefined ? undefined : timeOf('--until', until, true)
  if (from !== undefined && to !== undefined && from >= to)
    throw new AppError('bad_request', `--until: ${until} is not after --since ${since}.`, {
      place: '--until',
      mend: 'Give a later end, or an earlier beginning.',
    })
  return {
    ...(action ? { action } : {}),
    ...(actor ? { actor } : {}),
    ...(from ? { since: from } : {}),
    ...(to ? { until: to } : {}),
  }
}

type Filter = Omit<Parameters<Api['listAudit']>[0], 'limit' | 'cursor'>

const PAGE = 200

async function newest(api: Api, count: number, filter: Filter): Promise<AuditEntry[]> {
  const entries: AuditEntry[] = []
  let cursor: string | undefined
  while (entries.length < count) {
    const limit = Math.min(PAGE, count - entries.length)
    const page = await api.listAudit({ ...filter, limit, ...(cursor ? { cursor } : {}) })
    entries.push(...page.items)
    if (page.next === null) break
    cursor = page.next
  }
  return entries
}

function row(entry: AuditEntry, columns: number): string[] {
  return [
    entry.at.slice(0, 19).replace('T', ' '),
    entry.runId ? shortId(entry.runId) : '-',
    short(entry.actor.name, 20),
    entry.action,
    short(brief(entry.data), Math.max(20, columns - 75)),
  ]
}
