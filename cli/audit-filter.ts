import { z } from 'zod'
import { AppError } from '@/lib/errors'
import type { Api, AuditFilter } from './api'
import { timeOf } from './moment-flag'
import { resolveRun } from './resolve'

const word = z.string().trim().min(1).optional()

/** The flags that say which entries of the audit log are meant. */
export const auditFlags = z.object({
  run: word,
  pipelineId: word,
  action: word,
  actor: word,
  since: word,
  until: word,
})

/**
 * Flags as the services take them. The times are judged before anybody is asked; who answers knows which run is meant.
 * @throws AppError('bad_request') naming the flag
 */
export function auditFilter({
  run,
  pipelineId,
  action,
  actor,
  since,
  until,
}: z.output<typeof auditFlags>): (api: Api) => Promise<AuditFilter> {
  const from = since === undefined ? undefined : timeOf('--since', since)
  const to = until === undefined ? undefined : timeOf('--until', until, true)
  if (from !== undefined && to !== undefined && from >= to)
    throw new AppError('bad_request', `--until: ${until} is not after --since ${since}.`, {
      place: '--until',
      mend: 'Give a later end, or an earlier beginning.',
    })
  const named = run ?? pipelineId
  return async (api) => ({
    ...(named ? { run: await resolveRun(api, named) } : {}),
    ...(action ? { action } : {}),
    ...(actor ? { actor } : {}),
    ...(from ? { since: from } : {}),
    ...(to ? { until: to } : {}),
  })
}
