import { createHash } from 'node:crypto'
import { AppError } from '@/lib/core/app-error'

/**
 * A prompt file: front matter with `version` and `placeholders`, then sections under `# name` headings.
 * An agent's file has `# System` and `# Task`; `tools` and `loop` have one section a tool or message.
 */
export interface Prompt {
  readonly name: string
  readonly version: string
  /** SHA-256 of the whole file, first 12 hex digits: tells two texts of one version apart. */
  readonly hash: string
  readonly placeholders: readonly string[]
  readonly sections: Readonly<Record<string, string>>
}

/** Gives a prompt by name: the repository's own from `.devpilot/prompts/` of its base branch, else ours. */
export type Prompts = (name: string) => Prompt

/** @throws AppError('bad_config') that names the file and what is wrong with it. */
export function parsePrompt(name: string, text: string): Prompt {
  const wrong = (what: string) =>
    new AppError('bad_config', `The prompt ${name}.md ${what}.`, {
      place: `${name}.md`,
      mend: 'See prompts/ for examples.',
    })
  const parts = /^---\n([\s\S]*?)\n---\n([\s\S]*)$/.exec(text.replaceAll('\r\n', '\n'))
  if (!parts?.[1] || !parts[2]) throw wrong('has no front matter')
  const version = /^version:\s*(\S+)\s*$/m.exec(parts[1])?.[1]
  if (!version) throw wrong('names no version')
  const list = /^placeholders:\s*\[(.*)\]\s*$/m.exec(parts[1])?.[1] ?? ''
  const placeholders = list
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
  const sections: Record<string, string> = {}
  for (const section of parts[2].split(/^# /m).slice(1)) {
    const end = section.indexOf('\n')
    sections[section.slice(0, end).trim().toLowerCase()] = section.slice(end + 1).trim()
  }
  for (const used of parts[2].matchAll(/\{\{(\w+)\}\}/g)) {
    if (!placeholders.includes(used[1] ?? '')) throw wrong(`uses {{${used[1]}}}, which it does not declare`)
  }
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 12)
  return { name, version, hash, placeholders, sections }
}

/**
 * A section with its placeholders filled. Values are put in as they are and never looked at again for placeholders;
 * one that is empty takes its own line and the blank line after it away.
 * @throws AppError('bad_config') for a missing section, a value that is not declared, or a declared one not given.
 */
export function render(
  prompt: Prompt,
  section: string,
  values: Readonly<Record<string, string>> = {},
): string {
  const text = sectionOf(prompt, section)
  for (const name of Object.keys(values)) {
    if (!prompt.placeholders.includes(name)) {
      throw new AppError('bad_config', `The prompt ${prompt.name}.md has no placeholder {{${name}}}.`)
    }
  }
  return fill(prompt.name, text, values)
}

/** A section as it is written. @throws AppError('bad_config') when there is none of this name. */
export function sectionOf(prompt: Prompt, section: string): string {
  const text = Object.hasOwn(prompt.sections, section) ? prompt.sections[section] : undefined
  if (text !== undefined) return text
  throw new AppError('bad_config', `The prompt ${prompt.name}.md has no section "${section}".`)
}

/** A section's text with its placeholders filled; see `render`. */
export function fill(name: string, text: string, values: Readonly<Record<string, string>>): string {
  const kept = text.replaceAll(/^\{\{(\w+)\}\}(?:\n\n|\n?$)/gm, (line, key: string) =>
    values[key] === '' ? '' : line,
  )
  return kept.trimEnd().replaceAll(/\{\{(\w+)\}\}/g, (_all, key: string) => {
    const value = values[key]
    if (value === undefined) throw new AppError('bad_config', `The prompt ${name}.md got no {{${key}}}.`)
    return value
  })
}
