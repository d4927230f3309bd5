import { type Command, CommanderError } from 'commander'
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
    const program = buildProgram((result) => {
      code = result
    })
    const said = behind(args)
    await program.parseAsync(mistakenOf(program, said) ?? said, { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.error
    const { reportError } = await import('./failure')
    return reportError(error, makeIo({ json: args.includes('--json') }))
  }
}

/** What every command takes may stand before its name, too. */
const everywhere = ['--json', '--no-color']

function behind(args: readonly string[]): readonly string[] {
  const first = args.findIndex((word) => !everywhere.includes(word))
  if (first < 1) return args
  const rest = args.slice(first)
  const end = rest.includes('--') ? rest.indexOf('--') : rest.length
  return [...rest.slice(0, end), ...args.slice(0, first), ...rest.slice(end)]
}

/** Help about a command that is none: its words alone, which are refused by what was probably meant. null: any other. */
function mistakenOf(program: Command, args: readonly string[]): readonly string[] | null {
  const words = args[0] === 'help' ? args.slice(1) : args.filter((word) => !/^(-h|--help)$/.test(word))
  if (words.length === args.length) return null
  let at = program
  for (const word of words) {
    const next = at.commands.find((command) => command.name() === word)
    if (!next) return at.commands.length > 0 && !word.startsWith('-') ? words : null
    at = next
  }
  return null
}
