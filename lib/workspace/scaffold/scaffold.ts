import type { ProjectReader } from '@/lib/workspace/project/reader'
import { ci } from '@/lib/workspace/scaffold/ci'
import { type About, type ScaffoldFacts, scaffoldFacts } from '@/lib/workspace/scaffold/facts'
import { findGood, type GoodFile, type GoodId, goodFiles } from '@/lib/workspace/scaffold/goods'
import { licenseText } from '@/lib/workspace/scaffold/license'
import { bugReport, changeTemplate, contributing, readme, security } from '@/lib/workspace/scaffold/prose'
import { codeowners, dependencyUpdates, editorconfig, gitignore } from '@/lib/workspace/scaffold/settings'

export interface AuditedFile {
  readonly id: GoodId
  /** Where it stands, or where it would be written. */
  readonly path: string
  readonly present: boolean
  readonly why: string
}

export interface Draft {
  readonly path: string
  readonly content: string
  readonly why: string
}

/** Which of the files that good repositories have are there, under any usual name and place. */
export function auditRepository(facts: ScaffoldFacts): readonly AuditedFile[] {
  return goodFiles(facts.forge).map((good) => {
    const found = foundPath(good, facts)
    return { id: good.id, path: found ?? good.path, present: found !== null, why: good.why }
  })
}

function foundPath(good: GoodFile, facts: ScaffoldFacts): string | null {
  if (good.id === 'dependency-updates' && facts.manifest.updates) return 'package.json'
  return findGood(good, facts.files)
}

export interface Drafted {
  readonly files: readonly Draft[]
  /** Missing files that no fact gives a text for, each with what its owner decides. */
  readonly advice: readonly { readonly path: string; readonly reason: string }[]
}

/** Texts of the missing files. A path that the repository has is never among them. */
export function draft(facts: ScaffoldFacts): Drafted {
  const missing = auditRepository(facts).filter((file) => !file.present)
  const files: Draft[] = []
  const advice: { path: string; reason: string }[] = []
  for (const { id, path, why } of missing) {
    const content = textOf(id, facts)
    if (content !== null) files.push({ path, content, why })
    else advice.push({ path, reason: adviceFor(id, facts) })
  }
  return { files, advice }
}

function textOf(id: GoodId, facts: ScaffoldFacts): string | null {
  switch (id) {
    case 'readme':
      return readme(facts)
    case 'license':
      return licenseText(facts.manifest.license, holderOf(facts), facts.firstYear)
    case 'contributing':
      return contributing(facts)
    case 'security':
      return security(facts)
    case 'codeowners':
      return codeowners(facts)
    case 'issue-template':
      return bugReport(facts)
    case 'pr-template':
      return changeTemplate(facts)
    case 'editorconfig':
      return editorconfig(facts)
    case 'gitignore':
      return gitignore(facts)
    case 'ci':
      return ci(facts)
    case 'dependency-updates':
      return dependencyUpdates(facts)
    default:
      return id satisfies never
  }
}

function holderOf(facts: ScaffoldFacts): string | null {
  return (
    facts.manifest.author ?? facts.authors.find((author) => !author.email.includes('[bot]'))?.name ?? null
  )
}

function adviceFor(id: GoodId, facts: ScaffoldFacts): string {
  switch (id) {
    case 'license':
      return facts.manifest.license
        ? `The manifest says ${facts.manifest.license}: add that licence’s text.`
        : 'No manifest names a licence: its owner chooses one.'
    case 'security':
      return 'No address is known for private reports: name one.'
    case 'codeowners':
      return 'The history names no person: list the reviewers.'
    case 'ci':
      return 'No check was found that CI could run: add tests or a linter first.'
    case 'readme':
    case 'contributing':
    case 'issue-template':
    case 'pr-template':
    case 'editorconfig':
    case 'gitignore':
    case 'dependency-updates':
      return 'No text could be made.'
    default:
      return id satisfies never
  }
}

/**
 * The missing files of a repository with their texts: what the step `scaffold` writes. Needs no model.
 * @param reader the base commit's files; nothing of them is run
 * @param about what git knows, where the caller can say
 */
export async function scaffoldFiles(reader: ProjectReader, about: About = {}): Promise<readonly Draft[]> {
  return draft(await scaffoldFacts(reader, about)).files
}
