import { type Prompt, type Prompts, parsePrompt } from '@/lib/agents/prompt'
import { type PromptName, promptNames } from '@/lib/core/names'
import { nearest } from '@/lib/core/nearest'
import { AppError } from '@/lib/errors'
import { packageFile } from '@/lib/root'

const cache = new Map<string, Prompt>()

/** The prompts of a run: its own, else the repository's from its base branch, else ours. Read once a run. */
export async function loadPrompts(
  readBase: ReadBase,
  overrides: Readonly<Partial<Record<PromptName, string>>> = {},
): Promise<Prompts> {
  const own = new Map<string, Prompt>()
  for (const [name, text] of await ownTexts(readBase, overrides)) own.set(name, checkedPrompt(name, text))
  return (name) => own.get(name) ?? shippedPrompt(name)
}

/**
 * As `loadPrompts`, for a run of another day: what this program of today refuses is refused where it is asked for,
 * so that the rest of the run can still be looked at.
 * @returns prompts that throw AppError('bad_config') for a name whose text is refused
 */
export async function promptsOnRecord(
  readBase: ReadBase,
  overrides: Readonly<Partial<Record<PromptName, string>>>,
): Promise<Prompts> {
  const own = new Map<string, () => Prompt>()
  for (const [name, text] of await ownTexts(readBase, overrides)) {
    let checked: Prompt | undefined
    own.set(name, () => {
      checked ??= checkedPrompt(name, text)
      return checked
    })
  }
  return (name) => own.get(name)?.() ?? shippedPrompt(name)
}

type ReadBase = (path: string) => Promise<string | null>

async function ownTexts(
  readBase: ReadBase,
  overrides: Readonly<Partial<Record<PromptName, string>>>,
): Promise<Map<PromptName, string>> {
  const texts = new Map<PromptName, string>()
  for (const name of promptNames) {
    const text = overrides[name] ?? (await readBase(`.devpilot/prompts/${name}.md`))
    if (text !== null) texts.set(name, text)
  }
  return texts
}

/** A prompt as DevPilot brings it along. */
export function shippedPrompt(name: string): Prompt {
  const known = cache.get(name) ?? parsePrompt(name, packageFile(`prompts/${name}.md`))
  cache.set(name, known)
  return known
}

/**
 * A prompt that takes the place of ours: it has the same sections and is given the same facts.
 * @throws AppError('bad_config') that names the line, the section or the placeholder
 */
export function checkedPrompt(name: PromptName, text: string): Prompt {
  const prompt = parsePrompt(name, text)
  const ours = shippedPrompt(name)
  const wrong = (message: string, line: number | null, mend: string) =>
    new AppError('bad_config', message, { place: `${name}.md${line === null ? '' : `:${line}`}`, mend })
  const known = `The prompt ${name}.md is given ${ours.placeholders.join(', ') || 'no facts'}.`
  for (const placeholder of prompt.placeholders) {
    if (ours.placeholders.includes(placeholder)) continue
    const like = nearest(placeholder, ours.placeholders)
    const line = lineOf(text, `{{${placeholder}}}`) ?? lineOf(text, placeholder)
    const hint = like ? ` Did you mean {{${like}}}?` : ''
    throw wrong(`The prompt ${name}.md has an unknown placeholder {{${placeholder}}}.${hint}`, line, known)
  }
  const absent = ours.placeholders.find((placeholder) => !prompt.placeholders.includes(placeholder))
  if (absent !== undefined) {
    const mend = `Declare {{${absent}}} in its front matter; a section need not use it.`
    throw wrong(`The prompt ${name}.md does not declare {{${absent}}}, which it is given.`, 1, mend)
  }
  const section = Object.keys(ours.sections).find((one) => !Object.hasOwn(prompt.sections, one))
  if (section === undefined) return prompt
  const mend = `Its sections are ${Object.keys(ours.sections).join(', ')}.`
  throw wrong(`The prompt ${name}.md has no section "# ${section}".`, null, mend)
}

function lineOf(text: string, part: string): number | null {
  const at = text.indexOf(part)
  return at === -1 ? null : text.slice(0, at).split('\n').length
}
