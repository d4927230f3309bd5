import { expect, it } from 'vitest'
import { chipsOf, filterLabels } from '@/components/timeline/filter-words'
import { runFilterNames } from '@/lib/core/run-filters'

it('a filter that was taken away has no chip while its answer is under way', () => {
  const chips = chipsOf({ q: '', status: '', flow: 'issue' }, new Map())
  expect(chips.map(({ name }) => name)).toEqual(['flow'])
})

it('every filter has a label: by them all are taken away', () => {
  expect(Object.keys(filterLabels).toSorted()).toEqual(runFilterNames.toSorted())
})
