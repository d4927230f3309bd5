import { webhookDeliveries } from '@/drizzle/schema'
import type { Db } from '@/lib/db/client'
import { newId } from '@/lib/db/ids'
import { example } from './github-webhooks'
import { hostile } from './seed-content'

interface SeedWebhooks {
  readonly repositoryId: string
  readonly runId: string
  readonly ago: (minutes: number) => Date
}

type Row = typeof webhookDeliveries.$inferInsert

/** One of each status, one of a repository that is not here, one with hostile words. Returns the one that failed. */
export async function seedWebhooks(db: Db, { repositoryId, runId, ago }: SeedWebhooks): Promise<string> {
  const name = 'acme/calendar'
  const row = (minutes: number, of: Pick<Row, 'event' | 'status'> & Partial<Row>): Row => {
    const { event, action = null } = of
    const changes = { 'repository.full_name': of.repositoryName ?? name }
    return {
      id: newId(),
      source: 'github',
      digest: String(minutes),
      delivery: `0b989ba4-242f-11e5-81e1-${String(minutes).padStart(12, '0')}`,
      repositoryId,
      repositoryName: name,
      payload: JSON.stringify(example(event, action, changes)),
      attempts: 1,
      receivedAt: ago(minutes),
      dueAt: of.status === 'waiting' ? ago(minutes) : null,
      handledAt: of.status === 'waiting' ? null : ago(minutes),
      ...of,
    }
  }
  const opened = { event: 'issues', action: 'opened' } as const
  const failed = row(6, {
    ...opened,
    status: 'failed',
    attempts: 8,
    note: 'git fetch failed with exit code 128: Could not resolve host. Check the network and the address; it is tried again.',
  })
  const rows = [
    row(48, { ...opened, action: 'labeled', status: 'handled', note: 'Started a run for octocat.', runId }),
    failed,
    row(5, {
      ...opened,
      status: 'ignored',
      note: hostile.title,
      payload: JSON.stringify({ title: hostile.title }),
    }),
    row(4, {
      ...opened,
      status: 'ignored',
      repositoryId: null,
      repositoryName: 'acme/unknown',
      note: 'acme/unknown is no repository of this installation: add it under Repositories, then deliver this again.',
    }),
    // Due when nobody looks any more: the server of the tests would work on it.
    row(3, { event: 'workflow_run', action: 'completed', status: 'waiting', dueAt: ago(-60 * 24 * 365) }),
  ]
  await db.insert(webhookDeliveries).values(rows)
  return failed.id
}
