'use server'

import { revalidatePath } from 'next/cache'
import { z } from 'zod'
import { linking, rememberErrand } from '@/lib/auth/at-github'
import { signInDb } from '@/lib/auth/contexts'
import { currentContext } from '@/lib/auth/session'
import { action, openAction } from '@/lib/edge/action'
import { getRuntime } from '@/lib/runtime'
import { askModel } from '@/lib/runtime/model-settings'
import { createKey, createKeyInput } from '@/lib/services/keys/create'
import { revokeAllKeys, revokeKey, revokeKeyInput } from '@/lib/services/keys/revoke'
import { endAllSessions, endOtherSessions, endSession, endSessionInput } from '@/lib/services/sessions/end'
import { testModel, testModelInput } from '@/lib/services/settings/test-model'
import { changeRole, changeRoleInput, setActive, setActiveInput } from '@/lib/services/users/change'
import { invite, inviteInput, revokeInvitation, revokeInvitationInput } from '@/lib/services/users/invite'
import { rename, renameInput, setPassword, setPasswordInput } from '@/lib/services/users/own'

const nothing = z.strictObject({})

/** Every tab shows what another may have changed. */
async function changed<T>(work: Promise<T>): Promise<T> {
  const value = await work
  revalidatePath('/settings', 'layout')
  return value
}

export const renameAction = action('read', renameInput, (ctx, input) => changed(rename({ ctx, input })))

export const setPasswordAction = action('read', setPasswordInput, async (ctx, input) =>
  changed(setPassword({ ctx, auth: signInDb(await getRuntime()), input })),
)

/** Leaves for GitHub to link an account there to who is signed in here. */
export const linkGitHubAction = openAction(async () => rememberErrand(linking(await currentContext())))

export const endSessionAction = action('read', endSessionInput, (ctx, input) =>
  changed(endSession({ ctx, input })),
)

export const endOtherSessionsAction = action('read', nothing, (ctx) => changed(endOtherSessions({ ctx })))

export const createKeyAction = action('read', createKeyInput, (ctx, input) =>
  changed(createKey({ ctx, input })),
)

export const revokeKeyAction = action('read', revokeKeyInput, (ctx, input) =>
  changed(revokeKey({ ctx, input })),
)

/** The code of the link; the page puts its own address before it. */
export const inviteAction = action('admin', inviteInput, async (ctx, input) =>
  changed(invite({ ctx, auth: signInDb(await getRuntime()), input })),
)

export const revokeInvitationAction = action('admin', revokeInvitationInput, (ctx, input) =>
  changed(revokeInvitation({ ctx, input })),
)

export const changeRoleAction = action('admin', changeRoleInput, (ctx, input) =>
  changed(changeRole({ ctx, input })),
)

export const setActiveAction = action('admin', setActiveInput, (ctx, input) =>
  changed(setActive({ ctx, input })),
)

export const testModelAction = action('admin', testModelInput, (ctx, input) =>
  testModel({ ctx, input, ask: askModel }),
)

export const endAllSessionsAction = action('admin', nothing, (ctx) => endAllSessions({ ctx }))

export const revokeAllKeysAction = action('admin', nothing, (ctx) => changed(revokeAllKeys({ ctx })))
