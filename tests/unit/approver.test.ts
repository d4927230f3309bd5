import { describe, expect, it } from 'vitest'
import { type Approver, type AskedGate, mayDecide } from '@/lib/core/approver'

const mia: Approver = {
  actor: { kind: 'user', id: 'mia', name: 'Mia' },
  grants: ['read', 'approve'],
  singleUser: false,
}
const gate: AskedGate = {
  status: 'waiting',
  requestedBy: { kind: 'user', id: 'tom' },
  committers: [],
  decisions: [],
  requiredApprovers: 2,
}
const why = (who: Partial<Approver>, of: Partial<AskedGate>, decision: 'approve' | 'reject' = 'approve') => {
  const verdict = mayDecide({ ...mia, ...who }, { ...gate, ...of }, decision)
  return verdict.may ? (verdict.singleUser ? 'single user' : 'may') : verdict.why
}
const own = { requestedBy: { kind: 'user', id: 'mia' } } as const

describe('who may decide a gate', () => {
  it('refuses agents, who may only look, who decided, who asked and who committed', () => {
    const agent = { actor: { kind: 'agent', id: 'mia', name: 'coder' } } as const
    expect(why(agent, {})).toBe('agent')
    expect(why({ actor: { kind: 'system', id: 'engine', name: 'DevPilot' } }, {})).toBe('agent')
    expect(why({ grants: ['read', 'trigger'] }, {})).toBe('no_access')
    expect(why({}, { decisions: [{ actorId: 'mia', decision: 'approve' }] })).toBe('decided')
    expect(why({}, own)).toBe('requester')
    expect(why({}, { committers: ['mia'] })).toBe('committer')
  })

  it('refuses everybody at a gate that is closed', () => {
    for (const status of ['approved', 'rejected', 'lapsed', 'void'] as const)
      for (const decision of ['approve', 'reject'] as const)
        expect(why({}, { status }, decision)).toBe('closed')
  })

  it('lets others approve, and a requester take back what they asked for', () => {
    expect(why({}, {})).toBe('may')
    expect(why({}, { decisions: [{ actorId: 'tom', decision: 'approve' }] })).toBe('may')
    expect(why({}, own, 'reject')).toBe('may')
    // An agent or a schedule that bears a person's name is not that person.
    expect(why({}, { requestedBy: { kind: 'system', id: 'mia' } })).toBe('may')
  })

  it('lets the one user of an installation approve their own, and says so', () => {
    expect(why({ singleUser: true }, own)).toBe('single user')
    expect(why({ singleUser: true }, { committers: ['mia'] })).toBe('single user')
    expect(why({ singleUser: true }, {})).toBe('may')
    expect(why({ singleUser: true, grants: ['read'] }, own)).toBe('no_access')
  })

  it('says to every refusal what to do instead', () => {
    const verdict = mayDecide({ ...mia, grants: [] }, gate, 'approve')
    expect(verdict).toMatchObject({ may: false, mend: expect.stringMatching(/supervisor/) })
  })
})
