import { describe, expect, it } from 'vitest'
import { parseEnv } from '@/lib/env'
import { assertTrusted } from '@/lib/workspace/bench/trust'
import { parseConfig } from '@/lib/workspace/config/parse'

const config = (sandbox: string) => parseConfig(`sandbox: ${sandbox}\n`)

describe('what weakens the sandbox', () => {
  it.each([
    ['{ adapter: none }', 'none', 'sandbox.adapter'],
    ['{ paths: [/opt/tool] }', 'paths', 'sandbox.paths'],
    ['{ egress: [example.com] }', 'egress', 'sandbox.egress'],
  ] as const)('%s needs the word of the machine’s owner', (sandbox, word, place) => {
    const others = (['none', 'paths', 'egress'] as const).filter((name) => name !== word)
    expect(() => assertTrusted(config(sandbox), others)).toThrow(
      expect.objectContaining({
        code: 'bad_config',
        place,
        mend: expect.stringContaining(`${others},${word}`),
      }),
    )
    expect(() => assertTrusted(config(sandbox), [word])).not.toThrow()
  })

  it('is all said at once, and an ordinary sandbox needs no word', () => {
    const both = config('{ adapter: none, egress: [example.com] }')
    expect(() => assertTrusted(both, [])).toThrow(/adapter: none.*egress: example\.com/)
    expect(() => assertTrusted(config('{ adapter: bubblewrap }'), [])).not.toThrow()
  })

  it('is read from DEVPILOT_TRUST', () => {
    expect(parseEnv({}).DEVPILOT_TRUST).toEqual([])
    expect(parseEnv({ DEVPILOT_TRUST: 'none, egress' }).DEVPILOT_TRUST).toEqual(['none', 'egress'])
    expect(() => parseEnv({ DEVPILOT_TRUST: 'all' })).toThrow(/DEVPILOT_TRUST/)
  })
})
