'use server'

import { action } from '@/lib/edge/action'
import { baseOpener } from '@/lib/runtime/base'
import { configReader } from '@/lib/runtime/config-reader'
import { lookAtRepository } from '@/lib/runtime/look/repository'
import { addRepository, addRepositoryInput } from '@/lib/services/repositories/add'
import { checkRepository, checkRepositoryInput } from '@/lib/services/repositories/check'
import { checkConfig, checkConfigInput } from '@/lib/services/repositories/config-check'
import { proposeConfig, proposeConfigInput } from '@/lib/services/repositories/config-propose'
import { removeRepository, removeRepositoryInput } from '@/lib/services/repositories/remove'

export const checkRepositoryAction = action('trigger', checkRepositoryInput, (ctx, input) =>
  checkRepository({ ctx, input, look: lookAtRepository }),
)

export const addRepositoryAction = action('trigger', addRepositoryInput, async (ctx, input) => {
  const { id } = await addRepository({ ctx, input })
  return { id }
})

export const removeRepositoryAction = action('admin', removeRepositoryInput, async (ctx, input) => {
  const { name } = await removeRepository({ ctx, input })
  return { name }
})

export const checkConfigAction = action('read', checkConfigInput, (ctx, input) =>
  checkConfig({ ctx, input, reader: configReader }),
)

export const proposeConfigAction = action('trigger', proposeConfigInput, async (ctx, input) => {
  const { id } = await proposeConfig({ ctx, input, open: baseOpener(ctx.home), reader: configReader })
  return { id }
})
