'use server'

import { revalidatePath } from 'next/cache'
import { action } from '@/lib/edge/action'
import { bulkRuns, bulkRunsInput } from '@/lib/services/runs/bulk'
import { removeViewInput, saveViewInput } from '@/lib/services/saved-views/input'
import { removeView } from '@/lib/services/saved-views/remove'
import { saveView } from '@/lib/services/saved-views/save'

/** One bounded slice; the page asks for the next until there is none. */
export const bulkAction = action('trigger', bulkRunsInput, (ctx, input) => bulkRuns({ ctx, input }))

export const saveViewAction = action('read', saveViewInput, async (ctx, input) => {
  const view = await saveView({ ctx, input })
  revalidatePath('/timeline')
  return view
})

export const removeViewAction = action('read', removeViewInput, async (ctx, input) => {
  const gone = await removeView({ ctx, input })
  revalidatePath('/timeline')
  return gone
})
