import type { Invocation } from '../invocation'
import { runNamedFlow } from '../named-flow'

export function command(invocation: Invocation): Promise<number> {
  return runNamedFlow('refactor', null, invocation)
}
