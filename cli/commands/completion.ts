import type { Command } from 'commander'
import { AppError } from '@/lib/errors'
import { bashScript, type CommandTree, fishScript, zshScript } from '../completion-scripts'
import type { Invocation } from '../invocation'
import { buildProgram } from '../program'

const shells: ReadonlyMap<string, (tree: CommandTree) => string> = new Map([
  ['bash', bashScript],
  ['zsh', zshScript],
  ['fish', fishScript],
])

export async function command({ args, io }: Invocation): Promise<number> {
  const shell = String(args[0])
  const write = shells.get(shell)
  if (write === undefined) {
    throw new AppError('bad_request', `There is no completion for "${shell}".`, {
      mend: 'Shells are bash, zsh and fish.',
    })
  }
  const script = write(treeOf(buildProgram(() => undefined)))
  io.data({ shell, script }, () => script.trimEnd())
  return 0
}

function treeOf(command: Command): CommandTree {
  return {
    name: command.name(),
    summary: command.description(),
    flags: command.options
      .filter((option) => !option.hidden)
      .flatMap((option) => (option.long ? [{ flag: option.long, summary: option.description }] : [])),
    commands: command.commands.map(treeOf),
  }
}
