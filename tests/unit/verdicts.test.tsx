import { renderToStaticMarkup } from 'react-dom/server'
import { describe, expect, it } from 'vitest'
import { Found } from '@/components/audit/verify-button'
import { ConfigVerdict } from '@/components/repositories/config-verdict'

describe('a broken audit log', () => {
  const found = (chain: string) => {
    const broken = { chain, seq: 7, id: '01890a5d-ac96-774b-bcce-b302099a8057', what: 'Its hash differs.' }
    const value = { ok: false, chains: 1, entries: 7, broken }
    return renderToStaticMarkup(<Found result={{ ok: true, value }} />)
  }

  it('leads to the entries, and says what to do', () => {
    const run = '01890a5d-ac96-774b-bcce-b302099a8057'
    expect(found(run)).toContain(`href="/audit?run=${run}"`)
    expect(found(run)).toContain('Compare it with an earlier export')
    expect(found('installation')).toContain('href="/audit"')
  })
})

it('a configuration that could not be checked is neither valid nor being checked for ever', () => {
  const error = { code: 'unreachable', message: 'The server did not answer.' }
  const common = { id: 'v', check: null, goTo: () => {}, again: () => {} }
  const text = renderToStaticMarkup(<ConfigVerdict {...common} error={error} checking={false} />)
  expect(text).toContain('The server did not answer.')
  expect(text).toContain('Check it again')
  expect(text).not.toMatch(/Valid|Checking/)
})
