import { describe, expect, it } from 'vitest'
import { demoVariables, type Seen, sayEnded } from '@/cli/demo/way-back'
import { gateAwaits } from '@/cli/gate-ways'
import { makeIo } from '@/cli/io'

const may = { may: true, singleUser: true } as const
const own = { may: false, why: 'requester', sentence: 'No.', mend: 'Ask.' } as const

function said(run: string | null, view: Seen['view'], gate: Seen['gate'] = null): string {
  const notes: string[] = []
  const io = { ...makeIo({ json: false }), note: (text: string) => notes.push(text) }
  sayEnded({ run, view, gate }, demoVariables('/clone/.devpilot', 4280), io)
  return notes.join('\n')
}

describe('the demo was stopped', () => {
  const waits = { status: 'waiting_gate', gateId: 'g1' } as const

  it('at its gate: the gate waits, and is decided without the server', () => {
    const text = said('r1', waits, { id: 'g1', mayApprove: may, mayReject: may })
    expect(text).toContain('Its gate still waits')
    expect(text).toMatch(/approve: .*gate approve g1/)
    expect(text).toMatch(/reject: .*gate reject g1 --reason/)
  })

  it('at a gate that somebody else has to approve: that is said, and no command for it', () => {
    const gate = { id: 'g1', mayApprove: own, mayReject: may }
    const text = said('r1', waits, gate)
    expect(text).toContain('Somebody else has to approve it: you asked for the run.')
    expect(text).not.toContain('gate approve')
    expect(text).toContain('gate reject g1')
    expect(gateAwaits(gate)).toBe('This goes on by itself once somebody else approves it, or you reject it.')
  })

  it.each([null, { status: 'running', gateId: null } as const])('under way (%j): it is resumed', (view) => {
    const text = said('r1', view)
    expect(text).toContain('runs resume r1')
    expect(text).not.toContain('gate approve')
  })

  it.each([
    ['before there was a run', null, null],
    ['after the merge', 'r1', { status: 'succeeded', gateId: null } as const],
  ])('%s: nothing is left to do', (_what, run, view) => {
    expect(said(run, view)).not.toMatch(/gate approve|runs resume/)
  })

  it('never leaves out how the dashboard is opened again, nor that there are two homes', () => {
    const text = said(null, null)
    expect(text).toContain('DEVPILOT_HOME=/clone/.devpilot npm start')
    expect(text).toContain('use ~/.devpilot')
    expect(text).not.toContain('paid for')
  })

  it('names another port, and a folder with a blank as one word', () => {
    expect(demoVariables("/my clone's/.devpilot", 4281)).toBe(
      "DEVPILOT_HOME='/my clone'\\''s/.devpilot' DEVPILOT_PORT=4281",
    )
  })
})
