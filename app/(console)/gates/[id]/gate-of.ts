import { cache } from 'react'
import { isId } from '@/components/params'
import { orNull } from '@/lib/edge/or-null'
import { requirePage } from '@/lib/edge/page'
import { getGate } from '@/lib/services/gates/get'

/** The gate of a page, asked for once by the page and its title; null: there is none. */
export const gateOf = cache(async (id: string) => {
  const ctx = await requirePage('read')
  return isId(id) ? orNull(getGate({ ctx, input: { gate: id } })) : null
})
