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

/** A flag of the command above that this one does not have: taken in silence, it would look as if it had been heard. */
export function refuseAbove(command: Command): void {
  for (let above = command.parent; above; above = above.parent) {
    const strange = above.options.find((option) => {
      const name = option.attributeName()
      const own = command.options.some((one) => one.attributeName() === name)
      return !own && above?.getOptionValueSource(name) === 'cli'
    })
    if (strange)
      command.error(`error: '${command.name()}' takes no '${strange.long}'`, {
        code: 'commander.unknownOption',
      })
  }
}
