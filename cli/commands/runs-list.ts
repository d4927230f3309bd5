import { z } from 'zod'
import { nearest } from '@/lib/core/nearest'
import { type RunStatus, runStatusNames } from '@/lib/core/status'
import { AppError } from '@/lib/errors'
import { withApi } from '../connect'
import { listDead, requeueDead } from '../dead'
import { flagNumber, type Invocation, parseOptions } from '../invocation'
import { runTable } from '../run-table'

const options = z.object({
  status: z.string().optional(),
  dead: z.boolean().default(false),
  requeue: z.union([z.boolean(), z.array(z.string())]).default(false),
  reason: z.string().trim().min(1).optional(),
  limit: flagNumber.int().min(1).max(200).default(20),
})

export async function command({ options: raw, io }: Invocation): Promise<number> {
  const { status, limit, dead, requeue, reason } = parseOptions(options, raw)
  if (requeue !== false) {
    const named = Array.isArray(requeue) ? requeue : []
    return withApi(io, (api) => requeueDead(api, named, reason, io))
  }
  if (dead) return withApi(io, (api) => listDead(api, limit, io))
  const statuses = status?.split(',').map(statusOf)
  return withApi(io, async (api) => {
    const page = await api.listRuns({ limit, ...(statuses ? { status: statuses } : {}) })
    io.data(page, () => runTable(page.items, io))
    if (page.items.length === 0) io.note('No runs. Start one with `devpilot run --task "…"`.')
    return 0
  })
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
