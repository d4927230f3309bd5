import { renderToStaticMarkup } from 'react-dom/server'
import { describe, expect, it } from 'vitest'
import { ClosedList } from '@/components/gates/gate-list'
import { GateState } from '@/components/gates/gate-state'
import { GateTerms } from '@/components/gates/gate-terms'
import { gateSentence } from '@/components/gates/gate-words'
import type { GateView } from '@/lib/services/views'

const policy = (onTimeout: GateView['policy']['onTimeout']): GateView['policy'] => ({
  id: 'main',
  trigger: 'before_merge',
  type: 'human_approval',
  requiredApprovers: 1,
  timeoutHours: 24,
  onTimeout,
  notify: [],
})

describe('a gate that is closed', () => {
  it('says who decided, and of nobody that they may', () => {
    const gate = {
      id: 'g',
      status: 'approved',
      policy: policy('block'),
      leadsTo: 'merge',
      requiredApprovers: 1,
      approvals: 1,
      evidence: 'e',
      requestedBy: { kind: 'user', id: 'ada', name: 'Ada' },
      decisions: [{ decision: 'approve', actor: { kind: 'user', id: 'mia', name: 'Mia' } }],
      mayApprove: { may: false, why: 'closed', sentence: 'This gate is closed.', mend: 'Open the run.' },
      mayReject: { may: false, why: 'closed', sentence: 'This gate is closed.', mend: 'Open the run.' },
    } as unknown as GateView
    const text = renderToStaticMarkup(<GateTerms gate={gate} now={0} who="Bob" />)
    expect(text).toContain('it is closed')
    expect(text).toContain('Approved by Mia')
    expect(text).not.toMatch(/right to approve|not Ada|Bob/)
  })

  it('says what became of the run that it let go on', () => {
    const said = (runStatus: GateView['runStatus'], mergeSha: string | null = null) => {
      const gate = { id: 'g', runId: 'r', status: 'approved', policy: policy('block'), decisions: [] }
      const view = { ...gate, closedAt: null, runStatus, pullRequest: { mergeSha } } as unknown as GateView
      return renderToStaticMarkup(<GateState gate={view} now={0} successor={null} />)
    }
    expect(said('running')).toContain('The run goes on by itself.')
    expect(said('failed')).toContain('The run has ended: failed.')
    expect(said('cancelled', 'abcdef0123')).toContain('The run has ended: cancelled.')
    expect(said('succeeded')).toContain('The run has ended: succeeded.')
    expect(said('succeeded', 'abcdef0123')).toContain('The run has ended: merged as abcdef0.')
    for (const status of ['running', 'failed'] as const) expect(said(status)).toContain('href="/runs/r"')
  })

  it.each([
    ['rejected', 'rejected', 'A retry begins from a step of your choice.'],
    ['lapsed', 'aborted', 'A retry from this gate asks again.'],
  ] as const)('that was %s says that the run has ended until it is retried', (status, left, words) => {
    const said = (runStatus: GateView['runStatus']) => {
      const gate = {
        id: 'g',
        runId: 'r',
        status,
        policy: policy('escalate'),
        decisions: [],
        sendsBackTo: null,
      }
      const view = { ...gate, closedAt: null, runStatus, pullRequest: null } as unknown as GateView
      return renderToStaticMarkup(<GateState gate={view} now={0} successor={null} />)
    }
    expect(said(left)).toContain(words)
    expect(said('running')).toContain('The run was retried since, and goes on.')
    expect(said('succeeded')).toContain('The run has ended: succeeded.')
    for (const now of ['running', 'succeeded'] as const) expect(said(now)).not.toContain(words)
  })
})

describe('a gate that nobody decided in time', () => {
  it('says that its rule approved it, where the rule does', () => {
    const end = { status: 'lapsed', policy: policy('auto_approve') } as const
    expect(gateSentence(end, null)).toBe('Approved by its rule: nobody decided within 24 h')
    expect(gateSentence({ ...end, policy: policy('escalate') }, null)).toBe('Lapsed: nobody decided in time')
  })

  it('stands as approved among the closed ones, too', () => {
    const gate = {
      id: 'g',
      runTitle: 'A run',
      status: 'lapsed',
      leadsTo: '',
      openedAt: '2026-11-03T10:00:00Z',
    }
    const listed = (onTimeout: GateView['policy']['onTimeout']) => {
      const gates = [{ ...gate, policy: policy(onTimeout) } as unknown as GateView]
      return renderToStaticMarkup(<ClosedList gates={gates} now={0} label="Closed" />)
    }
    expect(listed('auto_approve')).toContain('Approved')
    expect(listed('escalate')).toContain('Lapsed')
  })

  it('leads to its run, which went on, and offers no retry', () => {
    const gate = {
      id: 'g',
      runId: 'r',
      runStatus: 'running',
      status: 'lapsed',
      policy: policy('auto_approve'),
      decisions: [],
      closedAt: null,
    } as unknown as GateView
    const text = renderToStaticMarkup(<GateState gate={gate} now={0} successor={null} />)
    expect(text).toContain('tone-green')
    expect(text).toContain('href="/runs/r"')
    expect(text).toContain('The run went on by itself.')
    expect(text).not.toContain('asks again')
  })
})
