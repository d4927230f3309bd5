import { renderToStaticMarkup } from 'react-dom/server'
import { describe, expect, it } from 'vitest'
import { NeedsMe } from '@/components/home/needs-me'

const nothing = { gates: [], paused: 0, dead: 0, failed: { count: 0, more: false }, now: 0 }
const draw = (part: Partial<Parameters<typeof NeedsMe>[0]>) =>
  renderToStaticMarkup(<NeedsMe {...nothing} waiting={{ mine: 0, overdue: 0, others: 0 }} {...part} />)

describe('the first line of Home', () => {
  it('counts what waits for who looks, and leads to the rest', () => {
    const text = draw({ waiting: { mine: 12, overdue: 7, others: 3 }, paused: 9 })
    expect(text).toContain('12 gates wait for a decision, 7 overdue, 9 runs have spent their budget.')
    expect(text).toContain('All 12 gates')
    expect(text).toContain('3 gates wait for others')
  })

  it('says that nothing needs who may not decide what waits', () => {
    const text = draw({ waiting: { mine: 0, overdue: 0, others: 1 } })
    expect(text).toContain('Nothing needs you.')
    expect(text).toContain('1 gate waits for others')
    expect(draw({})).not.toContain('/gates')
  })
})
