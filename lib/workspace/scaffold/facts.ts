import { detectProject } from '@/lib/workspace/project/detect'
import type { Project } from '@/lib/workspace/project/project'
import type { ProjectReader } from '@/lib/workspace/project/reader'
import { type HumanCommands, humanCommands } from '@/lib/workspace/scaffold/commands'
import { type ManifestFacts, readManifest } from '@/lib/workspace/scaffold/manifest'
import { indentOf } from '@/lib/workspace/scaffold/style'

/** What git and the caller know of a repository; everything may be absent. */
export interface About {
  /** Name of the folder or of the repository on its forge. */
  readonly name?: string
  readonly mainBranch?: string
  readonly originUrl?: string
  /** Authors of commits, the one with most first. */
  readonly authors?: readonly { readonly name: string; readonly email: string }[]
  readonly firstYear?: number
}

/** Everything that a draft is made of. */
export interface ScaffoldFacts {
  readonly files: readonly string[]
  readonly project: Project
  readonly manifest: ManifestFacts
  readonly commands: HumanCommands
  readonly name: string
  readonly mainBranch: string
  readonly forge: 'github' | 'gitlab'
  /** `owner/name` on the forge, null without an origin there. */
  readonly slug: string | null
  /** Host of the origin. */
  readonly host: string | null
  readonly authors: readonly { readonly name: string; readonly email: string }[]
  readonly firstYear: number | null
  readonly indent: string
}

/** Reads what a repository says of itself. Runs nothing of it. */
export async function scaffoldFacts(reader: ProjectReader, about: About = {}): Promise<ScaffoldFacts> {
  const project = await detectProject(reader)
  const manifest = await readManifest(reader, project.language.value)
  const origin = parseOrigin(about.originUrl)
  const gitlab =
    origin?.host.includes('gitlab') ||
    (origin === null && reader.files.some((path) => path === '.gitlab-ci.yml' || path.startsWith('.gitlab/')))
  return {
    files: reader.files,
    project,
    manifest,
    commands: humanCommands(project, manifest, reader.files),
    name: shortName(manifest.name) ?? origin?.slug.split('/').at(-1) ?? about.name ?? 'this project',
    mainBranch: about.mainBranch ?? 'main',
    forge: gitlab ? 'gitlab' : 'github',
    slug: origin?.slug ?? null,
    host: origin?.host ?? null,
    authors: about.authors ?? [],
    firstYear: about.firstYear ?? null,
    indent: await indentOf(reader, project.language.value),
  }
}

/** The last part of a Go module's path without its version; other names as they are. */
function shortName(name: string | null): string | null {
  if (name === null || name.startsWith('@')) return name
  const parts = name.split('/').filter((part) => !/^v\d+$/.test(part))
  return parts.at(-1) ?? null
}

/** Host and `owner/name` of an https or ssh URL of a forge; null for a path. */
function parseOrigin(url: string | undefined): { host: string; slug: string } | null {
  const match = /^(?:[a-z+]+:\/\/)?(?:[^@/]+@)?([a-z0-9.-]+\.[a-z]+)(?::\d+)?[:/](.+?)(?:\.git)?\/?$/i.exec(
    url ?? '',
  )
  const [host, slug] = [match?.[1], match?.[2]]
  return host && slug?.includes('/') ? { host, slug } : null
}
