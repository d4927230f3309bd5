import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { AppError } from '@/lib/errors'
import { type Blob, inBatches, listBlobs, readBlobs } from '@/lib/workspace/map/blobs'
import { readCache, writeCache } from '@/lib/workspace/map/cache'
import { definitionsOf, type FileFacts, isMinified, wordsOf } from '@/lib/workspace/map/extract'
import { grammarOf, isTestFile } from '@/lib/workspace/map/languages'
import { openParser, type Parser } from '@/lib/workspace/map/parser'
import { rankFilesByUse, taskWords } from '@/lib/workspace/map/rank'
import { renderMap } from '@/lib/workspace/map/render'

const batchBytes = 4 * 1024 * 1024
/** Sent to the parsing thread at a time; while it works the event loop is free but for the search for words. */
const sliceBytes = 192 * 1024

export interface RankFiles {
  /** Bare mirror, or any git directory that has the tree. */
  readonly gitDir: string
  /** A tree or a commit. */
  readonly treeSha: string
  readonly task: string
  readonly budgetTokens: number
  /** DEVPILOT_HOME/cache/map. */
  readonly cacheDir: string
  /** Answer after about so long with what is parsed by then, files the task names first; whole when absent. */
  readonly withinMs?: number
  readonly signal?: AbortSignal
}

export interface RepositoryMap {
  readonly text: string
  /** Paths shown, best first. */
  readonly files: readonly string[]
  /** Whether anything had to be parsed. */
  readonly cold: boolean
  /** False when `withinMs` was up first; a later call goes on from there. */
  readonly complete: boolean
  readonly mappedFiles: number
  readonly parsedFiles: number
}

/**
 * The ranked map of a repository's definitions within a budget of tokens. The same tree, task and budget give the
 * same text. What is parsed is kept by blob SHA, so that a second call costs only what changed.
 * @throws AppError 'git_error' for an unknown tree, 'bad_request' for a budget that is not positive, 'cancelled'.
 */
export async function rankFiles(input: RankFiles): Promise<RepositoryMap> {
  if (!(input.budgetTokens > 0)) {
    throw new AppError('bad_request', 'The budget of the repository map must be over 0 tokens.', {
      place: 'budgetTokens',
    })
  }
  const begun = performance.now()
  const name = createHash('sha256').update(input.gitDir).digest('hex').slice(0, 24)
  const cachePath = join(input.cacheDir, `${name}.json.gz`)
  const [blobs, cached] = await Promise.all([
    listBlobs(input.gitDir, input.treeSha, input.signal),
    readCache(cachePath),
  ])
  const todo = blobs.filter((blob) => !cached.has(blob.sha))
  const end = input.withinMs === undefined ? Number.POSITIVE_INFINITY : begun + input.withinMs
  const parser = openParser()
  const fresh = await parseAll(input, byPromise(todo, input.task), end, parser).finally(parser.close)
  if (fresh.size > 0) await writeCache(cachePath, keepFirst(blobs, fresh, cached))
  const files = blobs.flatMap(({ path, sha }) => {
    const facts = fresh.get(sha) ?? cached.get(sha)
    return facts ? [{ path, facts }] : []
  })
  return {
    ...renderMap(rankFilesByUse(files, input.task), files, input.budgetTokens),
    cold: todo.length > 0,
    complete: files.length === blobs.length,
    mappedFiles: files.length,
    parsedFiles: fresh.size,
  }
}

async function parseAll(
  { gitDir, signal }: RankFiles,
  todo: readonly Blob[],
  end: number,
  parser: Parser,
): Promise<Map<string, FileFacts>> {
  const fresh = new Map<string, FileFacts>()
  for (const batch of inBatches(todo, batchBytes)) {
    if (performance.now() > end) break
    const texts = await readBlobs(gitDir, batch, signal)
    for (const slice of inBatches(batch, sliceBytes)) {
      if (performance.now() > end) break
      if (signal?.aborted) throw new AppError('cancelled', 'The repository map was cancelled.')
      await parseSlice(slice, texts, parser, fresh)
    }
  }
  return fresh
}

async function parseSlice(
  slice: readonly Blob[],
  texts: ReadonlyMap<string, string>,
  parser: Parser,
  fresh: Map<string, FileFacts>,
): Promise<void> {
  const known = slice.flatMap((blob) => {
    const source = texts.get(blob.sha)
    const grammar = grammarOf(blob.path)
    return source === undefined || !grammar ? [] : [{ ...blob, source, grammar }]
  })
  const parsed = known.filter(({ path, source }) => !isTestFile(path) && !isMinified(source))
  // The thread parses while this one looks for words.
  const parsing = parser.parse(parsed)
  for (const { sha, source, grammar } of known) {
    fresh.set(sha, { definitions: [], words: isMinified(source) ? [] : wordsOf(source, grammar) })
  }
  for (const [index, names] of (await parsing).entries()) {
    const file = parsed[index]
    if (!file || !names) continue
    const words = fresh.get(file.sha)?.words ?? []
    fresh.set(file.sha, { definitions: definitionsOf(names, file.source), words })
  }
}

/** Files whose path the task names come first, then those near the top: the best map if time is short. */
function byPromise(blobs: readonly Blob[], task: string): Blob[] {
  const words = [...taskWords(task)]
  const promise = ({ path }: Blob): number => {
    const lower = path.toLowerCase()
    return words.filter((word) => lower.includes(word)).length * 4 - path.split('/').length
  }
  return blobs
    .map((blob) => ({ blob, promise: promise(blob) }))
    .sort((a, b) => b.promise - a.promise || (a.blob.path < b.blob.path ? -1 : 1))
    .map(({ blob }) => blob)
}

/** The facts of this tree, then those of trees before. */
function keepFirst(
  blobs: readonly Blob[],
  fresh: ReadonlyMap<string, FileFacts>,
  cached: ReadonlyMap<string, FileFacts>,
): Map<string, FileFacts> {
  const kept = new Map<string, FileFacts>()
  for (const { sha } of blobs) {
    const facts = fresh.get(sha) ?? cached.get(sha)
    if (facts) kept.set(sha, facts)
  }
  for (const [sha, facts] of cached) if (!kept.has(sha)) kept.set(sha, facts)
  return kept
}
