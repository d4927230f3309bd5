import { CommanderError } from 'commander'
import { exitCodes } from './exit-codes'
import { makeIo } from './io'
import { buildProgram } from './program'
import { endWithReader } from './reader'

/**
 * Parses the arguments, runs the command and ends the process with its exit code.
 * @param args without the program's own name
 */
export async function main(args: readonly string[]): Promise<void> {
  endWithReader()
  const code = await exitCodeOf(args)
  process.stdout.write('', () => process.stderr.write('', () => process.exit(code)))
}

async function exitCodeOf(args: readonly string[]): Promise<number> {
  let code: number = exitCodes.ok
  try {
    await buildProgram((result) => {
      code = result
    }).parseAsync(args, { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.error
    const { reportError } = await import('./failure')
    return reportError(error, makeIo({ json: args.includes('--json') }))
  }
}
