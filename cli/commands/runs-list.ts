import { z } from 'zod'
import { nearest } from '@/lib/core/nearest'
import { type RunStatus, runStatusNames } from '@/lib/core/status'
import { AppError } from '@/lib/errors'
import { withApi } from '../connect'
import { listDead, requeueDead } from '../dead'
import { flagNumber, type Invocation, parseOptions } from '../invocation'
import { momentOf } from '../moment-flag'
import { runTable } from '../run-table'
import { asTyped } from '../say'

const options = z.object({
  status: z.string().optional(),
  repo: z.string().optional(),
  flow: z.string().optional(),
  author: z.string().optional(),
  since: z.string().optional(),
  text: z.string().optional(),
  dead: z.boolean().default(false),
  requeue: z.union([z.boolean(), z.array(z.string())]).default(false),
  reason: z.string().trim().min(1).optional(),
  limit: flagNumber.int().min(1).max(200).default(20),
})

export async function command({ options: raw, io }: Invocation): Promise<number> {
  const { status, limit, dead, requeue, reason, ...narrowed } = parseOptions(options, raw)
  if (requeue !== false) {
    const named = Array.isArray(requeue) ? requeue : []
    return withApi(io, (api) => requeueDead(api, named, reason, io))
  }
  if (dead) return withApi(io, (api) => listDead(api, limit, io))
  const filters = filtersOf({ ...narrowed, status })
  return withApi(io, async (api) => {
    const page = await api.listRuns({ limit, ...filters })
    io.data(page, () => runTable(page.items, io))
    if (page.lookedBackTo) io.note(`Few runs are like this: looked back to ${page.lookedBackTo}.`)
    const none =
      Object.keys(filters).length > 0
        ? 'No run is like that.'
        : asTyped('No runs. Start one with `devpilot run --task "…"`.')
    if (page.items.length === 0) io.note(none)
    return 0
  })
}

interface Flags {
  readonly status?: string | undefined
  readonly repo?: string | undefined
  readonly flow?: string | undefined
  readonly author?: string | undefined
  readonly since?: string | undefined
  readonly text?: string | undefined
}

/** Flags as the list's filters, judged before anybody is asked. */
function filtersOf({ status, repo, flow, author, since, text }: Flags) {
  if (since !== undefined) momentOf('--since', since)
  return {
    ...(status === undefined ? {} : { status: status.split(',').map(statusOf) }),
    ...(repo === undefined ? {} : { repository: repo }),
    ...(flow === undefined ? {} : { flow }),
    ...(author === undefined ? {} : { author }),
    ...(since === undefined ? {} : { since }),
    ...(text === undefined ? {} : { q: text }),
  }
}

function statusOf(text: string): RunStatus {
  const known = runStatusNames.find((name) => name === text.trim())
  if (known) return known
  const like = nearest(text, runStatusNames)
  throw new AppError(
    'bad_request',
    `--status: there is no status "${text}".${like ? ` Did you mean "${like}"?` : ''}`,
    {
      mend: `Statuses are ${runStatusNames.join(', ')}.`,
    },
  )
}
