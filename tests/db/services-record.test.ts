import { eq, type SQL, sql } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import { artifacts, auditLog, runEvents, runs } from '@/drizzle/schema'
import { exportAudit } from '@/lib/services/audit/export'
import { auditLine } from '@/lib/services/audit/line'
import { listAudit } from '@/lib/services/audit/list'
import { verifyAudit } from '@/lib/services/audit/verify'
import type { ServiceContext } from '@/lib/services/context'
import { decideGate } from '@/lib/services/gates/decide'
import { ingestRun } from '@/lib/services/runs/ingest'
import { getStats } from '@/lib/services/stats/get'
import { asLogin, describeDatabases, type TestDatabase } from '../support/database'
import { contextOf, runAtGate, someRun } from '../support/services'

const log = {
  repository: 'elsewhere',
  task: 'Add a login page',
  status: 'success',
  startedAt: '2026-11-20T10:00:00Z',
  endedAt: '2026-11-20T12:05:00+01:00',
}

describeDatabases((open) => {
  let opened: TestDatabase
  let ctx: ServiceContext

  beforeAll(async () => {
    opened = await open()
    ctx = contextOf(opened)
  })

  describe('logs from elsewhere', () => {
    const codeOf = (input: Record<string, unknown>) =>
      ingestRun({ ctx, input: { ...log, ...input } }).then(
        () => 'accepted',
        (error) => error.place,
      )

    test.each([
      ['status', { status: 'splendid' }],
      ['endedAt', { endedAt: '2026-11-20T09:00:00Z' }],
      ['startedAt', { startedAt: 'yesterday' }],
      ['startedAt', { startedAt: '0000-01-01T00:00:00Z' }],
      ['tokens', { tokens: -1 }],
      ['costUsd', { costUsd: -0.01 }],
      ['output', { output: 'x'.repeat(1_000_001) }],
      ['extra', { extra: true }],
    ])('%s that is wrong is named', async (place, part) => {
      expect(await codeOf(part)).toBe(place)
    })

    test('the same id again updates, whatever its form, and a late message sets nothing back', async () => {
      const id = 'cline task #7 ✓'
      const first = await ingestRun({ ctx, input: { ...log, id, status: 'Running', endedAt: null } })
      expect(first).toMatchObject({ source: 'ingest', status: 'running', endedAt: null })
      const input = {
        ...log,
        id,
        tokens: { input: 10, output: 4 },
        costUsd: 0.25,
        output: 'fine\0',
        summary: 'Done.',
      }
      const second = await ingestRun({ ctx, input })
      expect(second.id).toBe(first.id)
      expect(second).toMatchObject({
        status: 'succeeded',
        costMicros: 250_000,
        inputTokens: 10,
        detail: 'Done.',
      })
      const late = await ingestRun({ ctx, input: { ...log, id, status: 'running', endedAt: null } })
      expect(late.status).toBe('succeeded')
      await ingestRun({ ctx, input })
      const outputs = await ctx.db.select().from(artifacts).where(eq(artifacts.runId, first.id))
      expect(outputs.map(({ content }) => content)).toEqual(['fine\uFFFD'])
      const stats = await getStats({ ctx, now: new Date(log.endedAt) })
      expect(stats.days.at(-1)?.succeeded).toBe(1)
      expect(stats.days).toHaveLength(14)
    })

    test('twenty at once with one id make one run', async () => {
      const id = 'together'
      await Promise.all(Array.from({ length: 20 }, () => ingestRun({ ctx, input: { ...log, id } })))
      const rows = await ctx.db.select().from(runs).where(eq(runs.source, 'ingest'))
      expect(rows).toHaveLength(2)
    })

    test('a log cannot replace a run that DevPilot drives', async () => {
      const id = await someRun(ctx)
      expect(await codeOf({ id })).toBe('id')
    })

    test('keys in what is sent are not stored', async () => {
      const key = `ghp_${'a'.repeat(36)}`
      const input = { ...log, id: 'leaky', output: `token ${key}`, task: `use ${key}`, summary: key }
      const { id } = await ingestRun({ ctx, input })
      const stored = JSON.stringify([
        await ctx.db.select().from(runs).where(eq(runs.id, id)),
        await ctx.db.select().from(artifacts).where(eq(artifacts.runId, id)),
        await ctx.db.select().from(runEvents).where(eq(runEvents.runId, id)),
      ])
      expect(stored).not.toContain(key)
      expect(stored).toContain('[redacted]')
    })
  })

  describe('the audit log', () => {
    test('filters, and lines in the shape of the framework document', async () => {
      const { run, gate, evidence } = await runAtGate(ctx)
      await decideGate({ ctx: contextOf(opened, 'jane'), input: { gate, decision: 'approve', evidence } })
      const list = async (input: Parameters<typeof listAudit>[0]['input']) =>
        (await listAudit({ ctx, input: { run, ...input } })).items.map(({ action }) => action)
      expect(await list({})).toEqual(['gate.approved', 'run.started'])
      expect(await list({ action: 'gate.*' })).toEqual(['gate.approved'])
      expect(await list({ actor: 'jane' })).toEqual(['gate.approved'])
      expect(await list({ since: '2100-01-01T00:00:00Z' })).toEqual([])
      let text = ''
      for await (const block of exportAudit({ ctx, input: { run } })) text += block
      const lines = text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
      expect(lines).toMatchObject([
        { pipeline: run, actor: '@owner', action: 'run.started' },
        { pipeline: run, gate: 'pre-merge-main', action: 'approved', approver: '@jane', method: 'test' },
      ])
    })

    test('an agent is named as the document does, and data cannot pose as the entry', () => {
      const actor = { kind: 'agent' as const, id: 'coder', name: 'coder' }
      const entry = { at: '2026-02-27T10:00:00.000Z', runId: 'abc', actor, action: 'coder.write_file' }
      const line = auditLine({ ...entry, data: { file: 'x.py', agent: 'mallory', ts: 'never' } })
      expect(line).toBe(
        '{"ts":"2026-02-27T10:00:00.000Z","pipeline":"abc","agent":"coder","action":"write_file","file":"x.py"}',
      )
    })

    test('a changed, a removed and a relinked entry are found, each by its place', async () => {
      const { run, gate, evidence } = await runAtGate(ctx)
      await decideGate({ ctx, input: { gate, decision: 'approve', evidence } })
      const verify = async () => (await verifyAudit({ ctx, input: { run } })).broken
      expect(await verifyAudit({ ctx })).toMatchObject({ ok: true, broken: null })
      const [first, second] = await ctx.db
        .select()
        .from(auditLog)
        .where(eq(auditLog.chain, run))
        .orderBy(auditLog.seq)
      if (!first || !second) throw new Error('two entries were written')
      const set = (what: SQL) => sql`update audit_log set ${what} where id = ${second.id}`
      const change = set(sql`action = 'gate.rejected'`)
      await expect(asLogin(ctx.db, change)).rejects.toThrow()
      await asLogin(ctx.db, sql`drop trigger audit_log_append_only on audit_log`, change)
      expect(await verify()).toMatchObject({
        chain: run,
        seq: 2,
        id: second.id,
        what: expect.stringContaining('hash differs'),
      })
      await asLogin(ctx.db, set(sql`action = 'gate.approved'`))
      expect(await verify()).toBeNull()
      await asLogin(ctx.db, set(sql`prev_hash = ${'1'.repeat(64)}`))
      expect(await verify()).toMatchObject({ seq: 2, what: expect.stringContaining('follow from') })
      await asLogin(ctx.db, sql`delete from audit_log where id = ${first.id}`)
      expect(await verify()).toMatchObject({ seq: 2, what: expect.stringContaining('Entry 1 is missing') })
      expect(await verifyAudit({ ctx })).toMatchObject({ ok: false })
    })
  })
})
