import { afterEach, describe, expect, it, vi } from 'vitest'
import { copyText } from '@/components/ui/copy-text'

const field = { value: '', readOnly: false, className: '', select: () => {}, remove: () => {} }
const page = (allows: boolean) => ({
  activeElement: null,
  body: { append: () => {} },
  createElement: () => field,
  execCommand: vi.fn(() => allows),
})

describe('copying', () => {
  afterEach(() => void vi.unstubAllGlobals())

  it('goes to the clipboard where there is one', async () => {
    const writeText = vi.fn(async () => {})
    const document = page(true)
    vi.stubGlobal('navigator', { clipboard: { writeText } })
    vi.stubGlobal('document', document)
    await copyText('a key')
    expect(writeText).toHaveBeenCalledWith('a key')
    expect(document.execCommand).not.toHaveBeenCalled()
  })

  it.each([
    ['without one, as over plain http', {}],
    ['that refuses', { clipboard: { writeText: () => Promise.reject(new Error('denied')) } }],
  ])('%s, is done by the old command, and rejects where that fails, too', async (_, navigator) => {
    vi.stubGlobal('navigator', navigator)
    vi.stubGlobal('HTMLElement', class {})
    vi.stubGlobal('document', page(true))
    await copyText('a key')
    expect(field.value).toBe('a key')
    vi.stubGlobal('document', page(false))
    await expect(copyText('a key')).rejects.toThrow('does not let')
  })
})
