import { cache } from 'react'
import { isId } from '@/components/params'
import { orNull } from '@/lib/edge/or-null'
import { requirePage } from '@/lib/edge/page'
import { getRun } from '@/lib/services/runs/get'

/** The run of a page, asked for once by the page and its title; null: there is none. */
export const runOf = cache(async (id: string) => {
  const ctx = await requirePage('read')
  return isId(id) ? orNull(getRun({ ctx, input: { run: id } })) : null
})
