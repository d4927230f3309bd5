import { randomUUID } from 'node:crypto'
import { desc, eq, sql } from 'drizzle-orm'
import { auditLog, repositories, runs, webhookDeliveries } from '@/drizzle/schema'
import { newId } from '@/lib/db/ids'
import { handleWebhooks } from '@/lib/runtime/webhooks/handle'
import { personFinder } from '@/lib/runtime/webhooks/person'
import { receiveWebhook } from '@/lib/services/webhooks/receive'
import { openTip } from '@/lib/workspace/bench/base-file'
import type { TestDatabase } from './database'
import { example } from './github-webhooks'
import { makeRepository } from './repos'
import { contextOf } from './services'

export const labelled =
  'pipeline: { triggers: [{ on: github_issue, label: bug, flow: [planner, coder, pr] }] }\n'
export const everything =
  'pipeline: { triggers: [{ on: github_issue, flow: [coder] }, { on: ci_failure, flow: [debugger] }] }\n'

type Changes = Record<string, unknown>

/** Deliveries about a repository of GitHub's name whose files lie on this machine, and what handles them. */
export function place(opened: TestDatabase, parent: string) {
  const { database, home } = opened
  const { db } = database
  const ctx = contextOf(opened)
  let made = 0
  const repository = async (yaml: string | null) => {
    made += 1
    const files = { 'a.txt': 'a\n', ...(yaml === null ? {} : { 'devpilot.yaml': yaml }) }
    const source = makeRepository(parent, files, `source-${made}`)
    const name = `Acme-${made}/Calendar`
    const id = newId()
    await db.insert(repositories).values({ id, name, forge: 'github', source, defaultBranch: 'main' })
    return { id, name: name.toLowerCase(), runs: () => runsOf(id) }
  }
  const runsOf = (id: string) => db.select().from(runs).where(eq(runs.repositoryId, id))
  let told = 0
  /** Of GitHub's events no two say the same. */
  const news = (payload: Changes): Changes => {
    told += 1
    return { ...payload, told }
  }
  const receive = async (event: string, payload: Changes, delivery: string = randomUUID()) =>
    (await receiveWebhook({ db, input: { event, delivery, text: JSON.stringify(payload), payload } })).id ??
    ''
  const issue = (name: string, action: string, changes: Changes = {}) =>
    receive('issues', news(example('issues', action, { 'repository.full_name': name, ...changes })))
  const workflow = (name: string, changes: Changes = {}) =>
    receive(
      'workflow_run',
      news(
        example('workflow_run', 'completed', {
          'workflow_run.conclusion': 'failure',
          'workflow_run.event': 'push',
          'workflow_run.head_branch': 'main',
          'workflow_run.head_repository.full_name': name,
          'workflow.name': 'CI',
          'repository.full_name': name,
          'repository.default_branch': 'main',
          ...changes,
        }),
      ),
    )
  type Given = Partial<Parameters<typeof handleWebhooks>[0]>
  const work = (given: Given = {}) =>
    handleWebhooks({
      db,
      home,
      findPerson: personFinder(database.as({ role: 'auth' })),
      readConfig: async (row) =>
        (await openTip({ home, repository: row, header: undefined })).read('devpilot.yaml'),
      random: () => 0,
      ...given,
    })
  const row = async (id: string) => {
    const [found] = await db.select().from(webhookDeliveries).where(eq(webhookDeliveries.id, id))
    if (!found) throw new Error('the delivery is gone')
    return found
  }
  const passTime = (id: string) =>
    db
      .update(webhookDeliveries)
      .set({
        dueAt: sql`case when due_at is null then null else now() end`,
        leaseUntil: sql`case when lease_until is null then null else now() end`,
      })
      .where(eq(webhookDeliveries.id, id))
  const audited = async (action: string) =>
    db.select().from(auditLog).where(eq(auditLog.action, action)).orderBy(desc(auditLog.seq))
  return { db, ctx, repository, issue, workflow, news, receive, work, row, passTime, audited }
}
