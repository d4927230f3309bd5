import { describe, expect, it } from 'vitest'
import { demoVariables, sayEnded } from '@/cli/demo/way-back'
import { makeIo } from '@/cli/io'
import type { RunStatus } from '@/lib/core/status'

function said(run: string | null, view: { status: RunStatus; gateId: string | null } | null): string {
  const notes: string[] = []
  const io = { ...makeIo({ json: false }), note: (text: string) => notes.push(text) }
  sayEnded(run, view, demoVariables('/clone/.devpilot', 4280), io)
  return notes.join('\n')
}

describe('the demo was stopped', () => {
  it('at its gate: the gate waits, and is decided without the server', () => {
    const text = said('r1', { status: 'waiting_gate', gateId: 'g1' })
    expect(text).toContain('Its gate still waits')
    expect(text).toMatch(/approve: .*gate approve g1/)
    expect(text).toMatch(/reject: .*gate reject g1 --reason/)
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
