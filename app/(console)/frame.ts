import { cookies } from 'next/headers'
import type { Health } from '@/components/shell/console-types'
import type { Frame } from '@/components/shell/shell'
import { engineTrouble } from '@/lib/edge/away'
import { env, programOnPages } from '@/lib/env'
import { getRuntime } from '@/lib/runtime'
import type { ServiceContext } from '@/lib/services/context'
import { listRepositories } from '@/lib/services/repositories/list'
import { getPulse } from '@/lib/services/stats/get'

/** What the frame of every page shows, asked for at once. */
export async function frameOf(ctx: ServiceContext): Promise<Frame> {
  const [pulse, repositories, trouble, kept] = await Promise.all([
    getPulse({ ctx }),
    listRepositories({ ctx, input: { limit: 50 } }),
    engineTrouble(),
    cookies(),
  ])
  return {
    who: ctx.actor.name,
    gatesWaiting: pulse.gatesWaiting,
    repositories: repositories.items.map(({ id, name }) => ({ id, name })),
    health: await healthOf(pulse.workers, trouble),
    railNarrow: kept.get('devpilot_rail')?.value === 'narrow',
    reader: {
      user: ctx.actor.id,
      maySteer: ctx.grants.includes('trigger'),
      isAdmin: ctx.grants.includes('admin'),
      program: programOnPages(env(), ctx.singleUser),
    },
    trouble,
  }
}

async function healthOf(workers: number, trouble: string | null): Promise<readonly Health[]> {
  const { engine } = await getRuntime()
  const name = engine?.name === 'temporal' ? 'Temporal' : 'its own'
  const driver: Health = trouble
    ? { name: 'Engine', state: trouble, tone: 'tone-red' }
    : workers > 0
      ? {
          name: 'Engine',
          state: `${name}, ${workers === 1 ? '1 worker' : `${workers} workers`}`,
          tone: 'tone-green',
        }
      : { name: 'Engine', state: `${name}, and no worker is there: runs wait`, tone: 'tone-amber' }
  const sandbox = engine?.sandbox ?? 'none'
  const around: Health =
    sandbox === 'none'
      ? {
          name: 'Sandbox',
          state: 'none: commands of agents are refused or not kept apart',
          tone: 'tone-amber',
        }
      : { name: 'Sandbox', state: sandbox, tone: 'tone-green' }
  return [driver, around]
}
