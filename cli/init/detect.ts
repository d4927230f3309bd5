import type { configLanguages } from '@/lib/core/config-schema'
import type { TemplateFacts } from '@/lib/workspace/config/template'
import { detectProject } from '@/lib/workspace/project/detect'
import { directoryReader } from '@/lib/workspace/project/reader'
import { aboutRepository } from '@/lib/workspace/scaffold/about'
import { scaffoldFacts } from '@/lib/workspace/scaffold/facts'
import type { CiSystem } from './ci'

type ConfigLanguage = (typeof configLanguages)[number]

/** What devpilot.yaml is written from; null where nothing was found. */
export interface Answers extends TemplateFacts {
  readonly root: string
  readonly language: ConfigLanguage | null
  readonly forge: 'github' | 'gitlab'
  readonly ci: CiSystem | null
  readonly warnings: readonly string[]
}

/** Reads the repository; nothing of it is run. @throws AppError('repository_unusable') */
export async function detectAnswers(path: string, language: ConfigLanguage | undefined): Promise<Answers> {
  const about = await aboutRepository(path)
  const reader = await directoryReader(about.root)
  const project = await detectProject(reader, language ? { language } : {})
  const facts = await scaffoldFacts(reader, about)
  const found = project.language.value
  return {
    root: about.root,
    name: facts.name,
    language: found === 'unknown' ? null : found,
    testCommand: project.test?.value.command ?? null,
    lintCommand: project.lint?.value.command ?? null,
    typeCommand: project.types?.value.command ?? null,
    mainBranch: facts.mainBranch,
    forge: facts.forge,
    integrations: facts.slug === null ? [] : [facts.forge],
    ci: null,
    warnings: project.warnings,
  }
}
