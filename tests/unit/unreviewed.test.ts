import { expect, test } from 'vitest'
import { unreviewed } from '@/lib/core/unreviewed'

const [first, last] = ['1e80751'.padEnd(40, '0'), '9f3c2e7'.padEnd(40, '0')]

test('commits after the last review are told to who decides', () => {
  expect(unreviewed({ headSha: last, reviews: [{ headSha: last }, { headSha: first }] })).toMatch(
    /^The reviewer saw 1e80751: .* no reviewer has seen that\.$/,
  )
  expect(unreviewed({ headSha: last, reviews: [{ headSha: first }, { headSha: last }] })).toBeNull()
  expect(unreviewed({ headSha: last, reviews: [] })).toBeNull()
})
