import { describe, expect, test } from 'vitest'
import { auditQuery } from '@/components/audit/query'
import { learningQuery } from '@/components/learnings/query'
import { webhookQuery } from '@/components/settings/webhooks/query'
import { isCursor } from '@/lib/services/cursor'

const id = '01890a5d-ac96-774b-bcce-b302099a8057'

describe('what an address says that makes no sense is left out, with the reason', () => {
  test('of the learnings: a name that every object has is no list', () => {
    const { values, cursor, ignored } = learningQuery(
      { status: 'constructor', kind: 'toString', repository: 'acme/calendar', cursor: 'x', q: ' dates ' },
      isCursor,
    )
    expect(values).toEqual({ status: 'proposed', kind: '', repository: '', q: 'dates' })
    expect(cursor).toBe('')
    expect(ignored.map(({ name, value }) => `${name}=${value}`)).toEqual([
      'status=constructor',
      'kind=toString',
      'repository=acme/calendar',
      'cursor=x',
    ])
  })

  test('of the log: a day that no month has, and a filter that is none', () => {
    const { values, ignored } = auditQuery(
      { run: ['1', id], since: '2026-02-30', until: '2026-02-28', action: 'gate.*', colour: 'x'.repeat(500) },
      isCursor,
    )
    expect(values).toEqual({ action: 'gate.*', actor: '', run: '', since: '', until: '2026-02-28' })
    expect(ignored).toEqual([
      { name: 'colour', value: 'x'.repeat(80), why: 'there is no such filter' },
      { name: 'run', value: '1', why: 'it is no id of a run' },
      { name: 'since', value: '2026-02-30', why: 'it is no day, such as 2026-11-01' },
    ])
  })

  test('of the webhooks: a status that every object has, an event that GitHub could not name so', () => {
    const { values, cursor, ignored } = webhookQuery(
      { status: 'constructor', event: "issues'--", cursor: ['', 'x'], repository: id },
      isCursor,
    )
    expect([values, cursor]).toEqual([{ status: '', event: '' }, ''])
    expect(ignored.map(({ name, value }) => `${name}=${value}`)).toEqual([
      `repository=${id}`,
      'status=constructor',
      "event=issues'--",
    ])
    expect(webhookQuery({ status: 'failed', event: 'workflow_run' }, isCursor)).toEqual({
      values: { status: 'failed', event: 'workflow_run' },
      cursor: '',
      ignored: [],
    })
  })

  test('nothing is told of an address that makes sense', () => {
    expect(auditQuery({ run: id, actor: '' }, isCursor).ignored).toEqual([])
    expect(learningQuery({ status: 'approved', repository: id }, isCursor)).toMatchObject({
      values: { status: 'approved', repository: id },
      ignored: [],
    })
  })
})
