import { parse } from 'smol-toml'
import { z } from 'zod'
import type { Language } from '@/lib/workspace/project/project'
import type { ProjectReader } from '@/lib/workspace/project/reader'

/** What a package manifest says of its package. */
export interface ManifestFacts {
  readonly name: string | null
  readonly description: string | null
  /** SPDX identifier or expression as written. */
  readonly license: string | null
  readonly author: string | null
  readonly email: string | null
  /** Not meant to be published. */
  readonly private: boolean
  /** Commands that it installs. */
  readonly bins: readonly string[]
  readonly scripts: Readonly<Record<string, string>>
  /** Has its own setting for dependency updates (`renovate` in package.json). */
  readonly updates: boolean
}

const noManifest: ManifestFacts = {
  name: null,
  description: null,
  license: null,
  author: null,
  email: null,
  private: false,
  bins: [],
  scripts: {},
  updates: false,
}

/** Reads the manifest of the repository's language; a broken or absent one says nothing. */
export async function readManifest(reader: ProjectReader, language: Language): Promise<ManifestFacts> {
  switch (language) {
    case 'typescript':
    case 'javascript':
      return fromPackageJson(await reader.read('package.json'))
    case 'python':
      return fromPython(await reader.read('pyproject.toml'), await reader.read('setup.py'))
    case 'rust':
      return fromCargo(await reader.read('Cargo.toml'))
    case 'go':
      return fromGo(await reader.read('go.mod'))
    case 'java':
    case 'unknown':
      return noManifest
    default:
      return language satisfies never
  }
}

const text = z.string().trim().min(1).nullable().catch(null)
const person = z
  .union([
    z.string().transform(parsePerson),
    z.object({ name: text.default(null), email: text.default(null) }),
  ])
  .catch({ name: null, email: null })

const packageSchema = z.object({
  name: text.default(null),
  description: text.default(null),
  license: z
    .union([z.string(), z.object({ type: z.string() }).transform((it) => it.type)])
    .nullable()
    .catch(null)
    .default(null),
  author: person.default({ name: null, email: null }),
  private: z.boolean().catch(false).default(false),
  bin: z
    .union([z.string(), z.record(z.string(), z.string())])
    .nullable()
    .catch(null)
    .default(null),
  scripts: z.record(z.string(), z.string()).catch({}).default({}),
  renovate: z.unknown().optional(),
})

function fromPackageJson(raw: string | null): ManifestFacts {
  const parsed = packageSchema.safeParse(json(raw))
  if (!parsed.success) return noManifest
  const { name, description, license, author, bin, scripts, renovate } = parsed.data
  const named = name?.split('/').at(-1)
  const bins = typeof bin === 'string' ? (named ? [named] : []) : Object.keys(bin ?? {})
  return {
    name,
    description,
    license,
    author: author.name,
    email: author.email,
    private: parsed.data.private,
    bins,
    scripts,
    updates: renovate !== undefined,
  }
}

const packageTable = z.object({
  name: text.default(null),
  description: text.default(null),
  license: z
    .union([z.string(), z.object({ text: z.string() }).transform((it) => it.text)])
    .nullable()
    .catch(null)
    .default(null),
  authors: z.array(person).catch([]).default([]),
  scripts: z.record(z.string(), z.unknown()).catch({}).default({}),
})

function fromTable(value: unknown): ManifestFacts {
  const parsed = packageTable.safeParse(value)
  if (!parsed.success) return noManifest
  const { name, description, license, authors, scripts } = parsed.data
  const shortLicense = license && license.length < 60 ? license : null
  return {
    ...noManifest,
    name,
    description,
    license: shortLicense,
    author: authors[0]?.name ?? null,
    email: authors[0]?.email ?? null,
    bins: Object.keys(scripts),
  }
}

function fromPython(raw: string | null, setup: string | null): ManifestFacts {
  const root = z
    .object({ project: z.unknown(), tool: z.object({ poetry: z.unknown() }).optional().catch(undefined) })
    .safeParse(toml(raw))
  const table = root.success ? (root.data.project ?? root.data.tool?.poetry) : undefined
  if (table !== undefined) return fromTable(table)
  // Only what stands there in so many words: setup.py is a program, and nothing of the repository is run here.
  const argument = (key: string) =>
    new RegExp(String.raw`\b${key}\s*=\s*(['"])([^'"\n]+)\1`).exec(setup ?? '')?.[2] ?? null
  return {
    ...noManifest,
    name: argument('name'),
    description: argument('description'),
    license: argument('license'),
    author: argument('author'),
    email: argument('author_email'),
  }
}

function fromCargo(raw: string | null): ManifestFacts {
  const root = z.object({ package: z.unknown() }).safeParse(toml(raw))
  return root.success ? fromTable(root.data.package) : noManifest
}

function fromGo(raw: string | null): ManifestFacts {
  return { ...noManifest, name: /^module\s+(\S+)/m.exec(raw ?? '')?.[1] ?? null }
}

function parsePerson(text: string): { name: string | null; email: string | null } {
  const match = /^\s*([^<(]*?)\s*(?:<([^>]*)>)?\s*(?:\([^)]*\))?\s*$/.exec(text)
  return { name: match?.[1] || null, email: match?.[2] || null }
}

function json(raw: string | null): unknown {
  return parsed(raw, (text) => JSON.parse(text.replace(/^\uFEFF/, '')))
}

function toml(raw: string | null): unknown {
  return parsed(raw, parse)
}

/** A broken manifest is for its own tools to complain about: here it says nothing. */
function parsed(raw: string | null, read: (text: string) => unknown): unknown {
  if (raw === null) return null
  try {
    return read(raw)
  } catch (error) {
    if (error instanceof Error) return null
    throw error
  }
}
