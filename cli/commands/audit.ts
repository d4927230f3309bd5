import { brief } from '@/lib/core/brief'
import type { AuditEntry } from '@/lib/services/views'
import type { Api, AuditFilter } from '../api'
import { auditFilter, auditFlags } from '../audit-filter'
import { withApi } from '../connect'
import { flagNumber, type Invocation, parseOptions } from '../invocation'
import { shortId } from '../resolve'
import { short, table } from '../text'

const options = auditFlags.extend({ last: flagNumber.int().min(1).max(100_000).default(20) })

export async function command({ options: raw, io }: Invocation): Promise<number> {
  const { last, ...flags } = parseOptions(options, raw)
  const filter = auditFilter(flags)
  return withApi(io, async (api) => {
    const entries = await newest(api, last, await filter(api))
    io.data(entries, () => table(entries.map((entry) => row(entry, io.columns))))
    if (entries.length === 0) io.note('No entries.')
    return 0
  })
}

const PAGE = 200

async function newest(api: Api, count: number, filter: AuditFilter): Promise<AuditEntry[]> {
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
