import { describe, expect, test } from 'vitest'
import { defaultConfig } from '@/lib/core/config'
import { readNews } from '@/lib/core/github-event'
import { runFor } from '@/lib/core/github-trigger'
import { everyExample, example, examplesOf } from '../support/github-webhooks'

const news = (event: string, action: string, changes: Record<string, unknown> = {}) =>
  readNews(event, example(event, action, changes))
const note = (event: string, action: string, changes: Record<string, unknown> = {}) => {
  const read = news(event, action, changes)
  if (read.kind !== 'none') throw new Error(`it is ${read.kind}`)
  return read.note
}
const failed = {
  'workflow_run.conclusion': 'failure',
  'workflow_run.name': 'CI',
  'workflow.name': 'CI',
  'workflow_run.event': 'push',
  'workflow_run.head_repository.full_name': 'octo-org/octo-repo',
  'repository.full_name': 'octo-org/octo-repo',
}

describe('bad input', () => {
  test.each([null, 7, 'x', [], {}, { action: 7 }, { action: 'opened' }, { action: 'opened', issue: {} }])(
    'a payload that is %j says nothing, and throws nothing',
    (payload) => {
      for (const event of ['issues', 'workflow_run', 'star', ''])
        expect(readNews(event, payload)).toMatchObject({ kind: 'none', status: 'ignored' })
    },
  )

  test('every example of GitHub is read, and only issues and failures of workflows ask for anything', () => {
    for (const { name, examples } of everyExample())
      for (const payload of examples) {
        const read = readNews(name, payload)
        if (name !== 'issues') expect(read.kind).toBe('none')
        if (read.kind === 'none') expect(read.note).toMatch(/\.$/)
      }
    expect(examplesOf('issues').map((payload) => readNews('issues', payload).kind)).toContain('issue')
  })
})

describe('issues', () => {
  test('one that a member opened, and a label that somebody else set', () => {
    expect(news('issues', 'opened')).toMatchObject({ kind: 'issue', number: 1, label: null, labels: ['bug'] })
    const stranger = { 'issue.author_association': 'NONE', 'issue.user.id': 99 }
    expect(news('issues', 'labeled', stranger)).toMatchObject({
      kind: 'issue',
      label: 'bug',
      by: { subject: '21031067', login: 'Codertocat', bot: false },
    })
  })

  test.each(['NONE', 'FIRST_TIMER', 'FIRST_TIME_CONTRIBUTOR', 'CONTRIBUTOR', 'MANNEQUIN', 'owner', ''])(
    'a stranger (%s) starts nothing: neither by opening nor by the label of a template',
    (association) => {
      for (const action of ['opened', 'reopened', 'labeled'])
        expect(note('issues', action, { 'issue.author_association': association })).toMatch(
          /neither owner.*start it by hand with `devpilot run --issue 1`/,
        )
    },
  )

  test('what somebody else does with a stranger’s issue counts, and the stranger’s own opening does not', () => {
    const theirs = { 'issue.author_association': 'NONE', 'issue.user.id': 99 }
    for (const action of ['reopened', 'labeled'])
      expect(news('issues', action, theirs)).toMatchObject({ kind: 'issue', by: { subject: '21031067' } })
    expect(note('issues', 'opened', theirs)).toMatch(/neither owner/)
    expect(note('issues', 'reopened', { ...theirs, 'sender.id': 99 })).toMatch(/neither owner/)
  })

  test.each(['OWNER', 'MEMBER', 'COLLABORATOR'])('%s is trusted', (association) => {
    for (const action of ['opened', 'reopened', 'labeled'])
      expect(news('issues', action, { 'issue.author_association': association }).kind).toBe('issue')
  })

  test('pull requests, closed issues, programs and other actions start nothing', () => {
    expect(note('issues', 'labeled', { 'issue.pull_request': { url: 'x' } })).toContain('pull request')
    expect(note('issues', 'labeled', { 'issue.state': 'closed' })).toContain('closed')
    expect(note('issues', 'opened', { 'sender.type': 'Bot' })).toContain('is a program')
    expect(note('issues', 'labeled', { 'sender.type': 'Bot', 'sender.login': 'devpilot[bot]' })).toContain(
      '[bot]',
    )
    expect(note('issues', 'edited')).toContain('Only issues that are opened')
    expect(note('issues', 'labeled', { label: null })).toContain('not what GitHub sends')
  })
})

describe('workflows', () => {
  test('a failure on the default branch', () => {
    expect(
      news('workflow_run', 'completed', {
        ...failed,
        'workflow_run.head_branch': 'master',
        'repository.default_branch': 'master',
      }),
    ).toMatchObject({
      kind: 'workflow',
      name: 'CI',
      branch: 'master',
    })
  })

  test.each([
    ['success', { 'workflow_run.conclusion': 'success' }, /ended with success/],
    ['cancelled', { 'workflow_run.conclusion': 'cancelled' }, /ended with cancelled/],
    ['another branch', { 'workflow_run.head_branch': 'feature' }, /not on main/],
    ['DevPilot’s own', { 'workflow_run.head_branch': 'devpilot/mend-it-1a2b3c' }, /a branch of DevPilot/],
    ['a fork’s main', { 'workflow_run.head_repository.full_name': 'evil/octo-repo' }, /for a pull request/],
    ['a pull request', { 'workflow_run.event': 'pull_request_target' }, /for a pull request/],
    ['no commit', { 'workflow_run.head_sha': '$(rm)' }, /not what GitHub sends/],
    ['a script as its page', { 'workflow_run.html_url': 'javascript:alert(1)' }, /not what GitHub sends/],
    ['no address as its page', { 'workflow_run.html_url': 'nothing' }, /not what GitHub sends/],
  ])('%s starts nothing', (_name, changes, why) => {
    const all = {
      ...failed,
      'workflow_run.head_branch': 'main',
      'repository.default_branch': 'main',
      ...changes,
    }
    expect(note('workflow_run', 'completed', all)).toMatch(why)
  })

  const onMain = { ...failed, 'workflow_run.head_branch': 'main', 'repository.default_branch': 'main' }

  test.each(['issues', 'issue_comment', 'discussion', 'fork', 'watch', 'workflow_run', 'anything', ''])(
    'what a stranger brings about by %s starts nothing, although it runs on the default branch',
    (event) => {
      const why = note('workflow_run', 'completed', { ...onMain, 'workflow_run.event': event })
      expect(why).toContain(`was started by ${event}, which strangers can bring about`)
    },
  )

  test.each(['push', 'schedule', 'workflow_dispatch', 'merge_group', 'release', 'repository_dispatch'])(
    'a failure after %s counts',
    (event) =>
      expect(news('workflow_run', 'completed', { ...onMain, 'workflow_run.event': event }).kind).toBe(
        'workflow',
      ),
  )

  test('one that has only begun', () => expect(note('workflow_run', 'requested')).toContain('not ended'))
})

test('a ping is answered for', () =>
  expect(readNews('ping', example('ping', null))).toMatchObject({ status: 'handled' }))

describe('what devpilot.yaml asks for', () => {
  const config = (...triggers: object[]) => {
    const base = defaultConfig()
    const entries = triggers.map((entry) => ({ flow: ['coder'], ...entry }))
    return { ...base, pipeline: { ...base.pipeline, triggers: entries as typeof base.pipeline.triggers } }
  }
  const issue = (label: string | null, ...labels: string[]) => ({
    kind: 'issue' as const,
    number: 7,
    title: 'Wrong',
    label,
    labels,
    by: { subject: '1', login: 'ada', bot: false },
  })
  const all = config({ on: 'github_issue' })
  const some = config({ on: 'github_issue', label: 'devpilot' }, { on: 'github_issue', label: 'bug' })

  test('nothing, where it has no trigger', () => {
    expect(runFor(config({ on: 'schedule' }), issue('devpilot'))).toEqual({
      none: 'devpilot.yaml has no trigger `on: github_issue`.',
    })
  })

  test('every issue at its opening, and no label that is set later', () => {
    expect(runFor(all, issue(null))).toEqual({ trigger: 'github_issue', issue: 7, title: 'Wrong' })
    expect(runFor(all, issue('bug', 'bug'))).toHaveProperty('none')
  })

  test('the label that is set, and not another that it has; at the opening any that it has', () => {
    expect(runFor(some, issue('bug', 'bug'))).toHaveProperty('issue', 7)
    expect(runFor(some, issue('ui', 'ui', 'devpilot'))).toEqual({
      none: 'The label is "ui"; devpilot.yaml asks for "devpilot" or "bug".',
    })
    expect(runFor(some, issue(null, 'ui', 'devpilot'))).toHaveProperty('issue', 7)
    expect(runFor(some, issue('BUG', 'BUG'))).toMatchObject({ issue: 7, label: 'bug' })
    expect(runFor(some, issue(null, 'Bug'))).toMatchObject({ issue: 7, label: 'bug' })
    expect(runFor(some, issue(null))).toEqual({
      none: 'The issue has no label; devpilot.yaml asks for "devpilot" or "bug".',
    })
  })

  test('an issue without a title, and one with a long one', () => {
    expect(runFor(all, { ...issue(null), title: '  ' })).toHaveProperty('title', 'Issue #7')
    expect(runFor(all, { ...issue(null), title: '🙂'.repeat(500) })).toHaveProperty('title', '🙂'.repeat(200))
  })
})
