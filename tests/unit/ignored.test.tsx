import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { Ignored } from '@/components/ignored'

test.each([
  ['there is no such filter', ': there is no such filter.'],
  [
    'there is no such filter; did you mean "flow"?',
    ': there is no such filter; did you mean &quot;flow&quot;?',
  ],
])('%s ends in one mark', (why, said) => {
  const html = renderToStaticMarkup(<Ignored parts={[{ name: 'folw', value: 'x', why }]} />)
  expect(html).toContain(`${said}</li>`)
})
