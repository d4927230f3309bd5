import { headers } from 'next/headers'
import { redirect } from 'next/navigation'
import { currentContext } from '@/lib/auth/session'
import { authorise } from '@/lib/services/authorise'
import type { Access, ServiceContext } from '@/lib/services/context'
import { PATH_HEADER } from './headers'

/**
 * The first line of every page: the context of who is signed in. Others are sent to /sign-in and come back after.
 * @throws AppError('forbidden') for somebody who may not see the page.
 */
export async function requirePage(access: Access): Promise<ServiceContext> {
  const ctx = await currentContext()
  if (!ctx) {
    const path = (await headers()).get(PATH_HEADER)
    redirect(path && path !== '/' ? `/sign-in?next=${encodeURIComponent(path)}` : '/sign-in')
  }
  authorise(ctx, access)
  return ctx
}
