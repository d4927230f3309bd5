import type { Command } from 'commander'
import { nearest } from '@/lib/core/nearest'

/** What stands without a command is given what names none. */
export function unknownCommand(group: Command, typed: string): never {
  const like = nearest(
    typed,
    group.commands.map((one) => one.name()),
  )
  const hint = like === null ? '' : `\n(Did you mean ${like}?)`
  return group.error(`error: unknown command '${typed}'${hint}`, { code: 'commander.unknownCommand' })
}

/** A word that no argument stands for; a task is often typed like one. */
export function refuseMore(command: Command): void {
  const { args, registeredArguments: known } = command
  if (known.at(-1)?.variadic || args.length <= known.length) return
  const task = command.options.some(({ long }) => long === '--task')
  const hint = task ? '\n(What is to be done is said with --task "…".)' : ''
  command.error(`error: '${command.name()}' takes no '${args[known.length]}'${hint}`, {
    code: 'commander.excessArguments',
  })
}
