import { type Prompt, type Prompts, parsePrompt } from '@/lib/agents/prompt'
import { packageFile } from '@/lib/root'

const cache = new Map<string, Prompt>()

/** The prompts of a run: the repository's own from its base branch, else ours. Read once a run. */
export async function loadPrompts(
  names: readonly string[],
  readBase: (path: string) => Promise<string | null>,
): Promise<Prompts> {
  const own = new Map<string, Prompt>()
  for (const name of names) {
    const text = await readBase(`.devpilot/prompts/${name}.md`)
    if (text !== null) own.set(name, parsePrompt(name, text))
  }
  return (name) => own.get(name) ?? shipped(name)
}

function shipped(name: string): Prompt {
  const known = cache.get(name) ?? parsePrompt(name, packageFile(`prompts/${name}.md`))
  cache.set(name, known)
  return known
}

export const promptNames = ['planner', 'coder', 'reviewer', 'tester', 'debugger', 'tools', 'loop'] as const
