import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { packageRoot } from '@/lib/root'
import { buildProgram, VERSION } from './program'

/** The help of every command by its words (`gate approve`), as cli/devpilot.mjs shows it without loading anything. */
export function helpTexts(): Record<string, string> {
  const texts: Record<string, string> = { '--version': `${VERSION}\n` }
  collect(
    buildProgram(() => undefined),
    [],
    texts,
  )
  return texts
}

function collect(command: Command, words: readonly string[], into: Record<string, string>): void {
  let text = ''
  command.configureOutput({
    writeOut: (part) => {
      text += part
    },
  })
  command.outputHelp()
  into[words.join(' ')] = text
  for (const child of command.commands) collect(child, [...words, child.name()], into)
}

/** The text of cli/help.json; a test keeps it fresh. */
export function helpFileText(): string {
  return `${JSON.stringify(helpTexts(), null, 2)}\n`
}

/** `npm run schema` calls this. */
export function writeHelp(): void {
  writeFileSync(join(packageRoot(), 'cli', 'help.json'), helpFileText())
}
