import type { Config } from './config'
import { gatesOf } from './config-gates'

/**
 * What to say of gates that ask for more approvers than there are: they can never be passed.
 * @param people how many can decide here; an installation without accounts has one
 */
export function unmetApprovers(config: Config, people: number): string[] {
  return gatesOf(config)
    .filter((gate) => gate.requiredApprovers > people)
    .map(
      (gate) =>
        `The gate ${gate.id} asks for ${gate.requiredApprovers} approvers, and this installation has ${people === 1 ? 'one user' : `${people} users`}: it can never be approved. Set its required_approvers to ${people}.`,
    )
}
