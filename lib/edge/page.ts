import { headers } from 'next/headers'
import { forbidden, redirect } from 'next/navigation'
import { currentContext } from '@/lib/auth/session'
import type { Access, ServiceContext } from '@/lib/services/context'
import { PATH_HEADER } from './headers'

/**
 * The first line of every page: the context of who is signed in. Others are sent to /sign-in and come back after; who
 * may not see the page is told so, with 403.
 */
export async function requirePage(access: Access): Promise<ServiceContext> {
  const ctx = await currentContext()
  if (!ctx) {
    const path = (await headers()).get(PATH_HEADER)
    redirect(path && path !== '/' ? `/sign-in?next=${encodeURIComponent(path)}` : '/sign-in')
  }
  if (access !== 'public' && !ctx.grants.includes(access)) forbidden()
  return ctx
}
