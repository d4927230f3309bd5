import { triggerLabel } from '@/components/format'
import type { NamedFlow } from '@/lib/core/flow-list'

export { href } from '@/components/params'

/** What starts a flow when nobody names it. */
export function triggersText({ triggers }: NamedFlow): string {
  return triggers.length === 0 ? 'when it is named' : triggers.map(triggerLabel).join(', ')
}
