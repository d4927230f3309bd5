import { sameSecret } from '@/lib/auth/token'
import { env } from '@/lib/env'
import { AppError } from '@/lib/errors'
import { getRuntime, type Runtime } from '@/lib/runtime'
import type { ServiceContext } from '@/lib/services/context'
import { noteRefusal } from './refusal'

const CRON = { kind: 'system', id: 'cron', name: 'Cron' } as const

/**
 * Lets who sends CRON_SECRET in, and tells everybody else nothing.
 * @throws AppError('not_configured') where no secret is set, 'unauthorized'
 */
export async function assertCron(request: Request): Promise<{ ctx: ServiceContext; runtime: Runtime }> {
  const secret = env().CRON_SECRET
  if (secret === undefined) {
    throw new AppError('not_configured', 'CRON_SECRET is not set: nobody may call this.', {
      place: 'CRON_SECRET',
      mend: 'Set CRON_SECRET to a long random text, and let the caller send it as `Authorization: Bearer …`; Vercel does so by itself.',
    })
  }
  const sent = /^Bearer +(\S+)$/i.exec(request.headers.get('authorization') ?? '')?.[1]
  if (sent === undefined || !sameSecret(sent, secret)) {
    await noteRefusal({ actor: CRON, action: 'cron.refused', path: new URL(request.url).pathname })
    throw new AppError('unauthorized', 'Unauthorized.')
  }
  const runtime = await getRuntime()
  return { ctx: runtime.context(CRON, ['read', 'trigger', 'cron']), runtime }
}
