import { agentNames } from '@/lib/core/flow'
import type { AuditEntry } from '../views'

/**
 * One entry as a line of `audit.jsonl`, in the shape of seed 004 section 11: `ts`, `pipeline`, who (`agent`, or
 * `gate` with its `approver` and `method`, else `actor`), `action`, then what the entry says.
 */
export function auditLine(entry: Pick<AuditEntry, 'at' | 'runId' | 'actor' | 'action' | 'data'>): string {
  const dot = entry.action.indexOf('.')
  const subject = entry.action.slice(0, Math.max(dot, 0))
  const verb = entry.action.slice(dot + 1)
  const { gate, ...data } = entry.data
  const base = { ts: entry.at, pipeline: entry.runId }
  const by = entry.actor.kind === 'user' ? `@${entry.actor.name}` : entry.actor.name
  if (agentNames.some((name) => name === subject)) {
    return JSON.stringify({ ...base, agent: subject, action: verb, ...without(entry.data, 'agent') })
  }
  if (subject === 'gate') {
    const who = { approver: by, method: entry.actor.via ?? entry.actor.kind }
    return JSON.stringify({ ...base, gate: gate ?? null, action: verb, ...who, ...without(data, 'gate') })
  }
  return JSON.stringify({ ...base, actor: by, action: entry.action, ...without(entry.data, 'actor') })
}

/** The data less the names that the line itself uses. */
function without(data: Readonly<Record<string, unknown>>, who: string): Record<string, unknown> {
  const taken = ['ts', 'pipeline', 'action', 'approver', 'method', who]
  return Object.fromEntries(Object.entries(data).filter(([key]) => !taken.includes(key)))
}
