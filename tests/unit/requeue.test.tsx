import { renderToStaticMarkup } from 'react-dom/server'
import { expect, it } from 'vitest'
import { PutAllBack } from '@/components/runs/requeue'

it('what was given up is put back by who may, and looked at by all', () => {
  const may = renderToStaticMarkup(<PutAllBack count={2} requeue={() => expect.fail('not asked')} />)
  expect(may).toContain('Put back')
  const looks = renderToStaticMarkup(<PutAllBack count={2} requeue={null} />)
  expect(looks).toContain('Look at what was given up')
  expect(looks).not.toContain('Put back')
})
