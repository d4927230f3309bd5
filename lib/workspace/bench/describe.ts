import type { ProjectFacts } from '@/lib/steps/ports'
import type { Project } from '@/lib/workspace/project/project'
import type { Base } from './base'

const MAX_INSTRUCTIONS = 20_000

/** A project as prompts and pages tell it. Everything comes from the base commit. */
export async function describeProject(
  project: Project,
  base: Base,
  readBase: (path: string) => Promise<string | null>,
  more: readonly string[],
): Promise<ProjectFacts> {
  const { test, lint, types } = project
  const lines = [
    `Language: ${project.language.value} (from ${project.language.from})`,
    project.manager ? `Package manager: ${project.manager.value}` : '',
    test ? `Tests: ${test.value.command} (${test.value.framework})` : 'Tests: none found',
    lint ? `Lint: ${lint.value.command}` : '',
    types ? `Types: ${types.value.command}` : '',
  ]
  const style = base.config.agents.coder.style_guide
  return {
    text: lines.filter((line) => line !== '').join('\n'),
    language: project.language.value,
    framework: test ? test.value.framework : null,
    commands: [
      ...(lint && more.length === 0 ? (['lint'] as const) : []),
      ...(types && more.length === 0 ? (['types'] as const) : []),
      ...(test && more.length === 0 ? (['test'] as const) : []),
    ],
    instructions: await instructionsOf(project.instructions, readBase),
    styleGuide:
      style && !project.instructions.includes(style)
        ? ((await readBase(style)) ?? '').slice(0, MAX_INSTRUCTIONS)
        : '',
    warnings: [...base.warnings, ...project.warnings, ...more, ...untested(project, more)],
    refused: more.length === 0 ? null : more.join(' '),
  }
}

/** What refused commands mean for a project that has tests. */
function untested({ test }: Project, refused: readonly string[]): string[] {
  return test === null || refused.length === 0
    ? []
    : ['Tests will not be run: no tests are written, and people are asked at the confidence gate instead.']
}

async function instructionsOf(
  paths: readonly string[],
  readBase: (path: string) => Promise<string | null>,
): Promise<string> {
  const texts: string[] = []
  let left = MAX_INSTRUCTIONS
  for (const path of paths) {
    const text = (await readBase(path)) ?? ''
    if (text.trim() === '' || left <= 0) continue
    texts.push(`### ${path}\n${text.slice(0, left).trim()}`)
    left -= text.length
  }
  return texts.join('\n\n')
}
