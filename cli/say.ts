import { programName } from '@/lib/env'

let program: string | null = null

/** A command of this program as a person can type it here: `devpilot …` once it is linked. */
export function say(command: string): string {
  return `${program ?? programName()} ${command}`
}

/** For commands that belong to another installation than the default one (the demo's). */
export function sayAs(name: string): void {
  program = name
}

/** Commands that a message names as `devpilot …`, as a person can type them here. */
export function asTyped(text: string): string {
  return text.replaceAll(/`devpilot (?=[a-z])/g, `\`${program ?? programName()} `)
}
