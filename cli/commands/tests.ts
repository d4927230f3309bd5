import type { Invocation } from '../invocation'
import { runNamedFlow } from '../named-flow'

export function command(invocation: Invocation): Promise<number> {
  return runNamedFlow('tests', 'Write tests for what has none', invocation)
}
