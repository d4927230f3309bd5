import type { FileFacts } from '@/lib/workspace/map/extract'

export interface RankInput {
  readonly path: string
  readonly facts: FileFacts
}

export interface Ranked {
  readonly path: string
  readonly score: number
  /** Weight of each definition, in the order of the facts. */
  readonly definitionWeights: readonly number[]
}

const damping = 0.85
const rounds = 30
/** A name that so many files define tells nothing about which one is meant. */
const maxDefiners = 12

/**
 * Files ranked by PageRank over "uses a name that the other defines", personalised by the task: the random reader
 * starts at files whose path or definitions the task names. (Page et al. 1999; personalised as in Haveliwala 2002.)
 * Pure and deterministic; ties go by path.
 */
export function rankFilesByUse(files: readonly RankInput[], task: string): Ranked[] {
  const wanted = taskWords(task)
  const definers = indexDefinitions(files)
  const edges = buildEdges(files, definers, wanted)
  const start = startWeights(files, wanted, task)
  const rank = pageRank(files.length, edges, start)
  return files
    .map((file, index) => ({
      path: file.path,
      score: (rank[index] ?? 0) + (start[index] ?? 0) * 0.5,
      definitionWeights: file.facts.definitions.map(
        ({ name }) => (edges.uses.get(name) ?? 0) + (wanted.has(name.toLowerCase()) ? 100 : 0),
      ),
    }))
    .sort((a, b) => b.score - a.score || (a.path < b.path ? -1 : 1))
}

/** Words of the task in lower case, and the parts of its compound names, of three letters or more. */
export function taskWords(task: string): Set<string> {
  const words = new Set<string>()
  for (const word of task.match(/[\p{L}_$][\p{L}\p{N}_$]*/gu) ?? []) {
    for (const part of [word, ...nameParts(word)]) {
      const lower = part.toLowerCase()
      if (lower.length >= 3 && !commonWords.has(lower)) words.add(lower)
    }
  }
  return words
}

const commonWords = new Set(
  'the and for with that this from should when not are was but has have must can will does into its all any use used using add make fix bug error issue test tests file files code function class method return value new'.split(
    ' ',
  ),
)

function nameParts(name: string): string[] {
  return name.split(/[_$]|(?<=\p{Ll})(?=\p{Lu})/u)
}

function indexDefinitions(files: readonly RankInput[]): Map<string, number[]> {
  const definers = new Map<string, number[]>()
  for (const [index, { facts }] of files.entries()) {
    for (const { name } of facts.definitions) {
      if (name.length < 3) continue
      const list = definers.get(name)
      if (!list) definers.set(name, [index])
      else if (list.at(-1) !== index) list.push(index)
    }
  }
  return definers
}

interface Edges {
  readonly from: Int32Array
  readonly to: Int32Array
  readonly weight: Float64Array
  /** How many files use a name that another defines, weighted by how telling it is. */
  readonly uses: ReadonlyMap<string, number>
}

function buildEdges(
  files: readonly RankInput[],
  definers: ReadonlyMap<string, readonly number[]>,
  wanted: ReadonlySet<string>,
): Edges {
  const from: number[] = []
  const to: number[] = []
  const weight: number[] = []
  const uses = new Map<string, number>()
  for (const [index, { facts }] of files.entries()) {
    for (const word of facts.words) {
      const list = definers.get(word)
      if (!list || list.length > maxDefiners || list.includes(index)) continue
      uses.set(word, (uses.get(word) ?? 0) + tellingOf(word))
      const telling = tellingOf(word)
      const value = ((wanted.has(word.toLowerCase()) ? 10 : 1) * telling) / list.length
      for (const target of list) {
        from.push(index)
        to.push(target)
        weight.push(value)
      }
    }
  }
  return { from: Int32Array.from(from), to: Int32Array.from(to), weight: Float64Array.from(weight), uses }
}

/** A compound or long name means what defines it; `get` or `from` may be a method of anything. */
function tellingOf(word: string): number {
  if (/.[_$]|[a-z][A-Z]/.test(word) || word.length >= 10) return 1
  return /^[A-Z]/.test(word) ? 0.6 : 0.1
}

/** Where the random reader starts: even over all files, but mostly at those that the task names. Sums to 1. */
function startWeights(files: readonly RankInput[], wanted: ReadonlySet<string>, task: string): Float64Array {
  const title = new Set([...taskWords(task.trimStart().split('\n', 1)[0] ?? '')].map(stem))
  const weights = Float64Array.from(files, ({ path, facts }) => {
    const base = path.slice(path.lastIndexOf('/') + 1)
    let weight = task.includes(path) ? 60 : base.length >= 5 && task.includes(base) ? 20 : 0
    for (const part of partsOf(path)) if (wanted.has(part)) weight += 3
    // A title names what it is about: `unmarshalling` is about unmarshaler.go, `generate()` about create.js' folder.
    for (const part of partsOf(path))
      if (title.has(stem(part))) weight += base.toLowerCase().includes(part) ? 12 : 4
    let named = 0
    for (const { name } of facts.definitions) if (wanted.has(name.toLowerCase())) named++
    return 1 / files.length + weight + Math.min(named, 5) * 4
  })
  const sum = weights.reduce((total, weight) => total + weight, 0)
  return weights.map((weight) => weight / (sum || 1))
}

function partsOf(path: string): Set<string> {
  const names = path.split(/[^\p{L}\p{N}]+/u).flatMap((name) => [name, ...nameParts(name)])
  return new Set(names.map((name) => name.toLowerCase()).filter((name) => name.length >= 3))
}

/** Words of one family begin alike: unmarshal, unmarshaler, unmarshalling; generate, generator. */
function stem(word: string): string {
  return word.slice(0, 7)
}

function pageRank(count: number, edges: Edges, start: Float64Array): Float64Array {
  const { from, to, weight } = edges
  const out = new Float64Array(count)
  for (let edge = 0; edge < from.length; edge++) {
    const source = from[edge] ?? 0
    out[source] = (out[source] ?? 0) + (weight[edge] ?? 0)
  }
  let rank: Float64Array = Float64Array.from(start)
  for (let round = 0; round < rounds; round++) {
    const next = new Float64Array(count)
    let idle = 0
    for (let node = 0; node < count; node++) if (out[node] === 0) idle += rank[node] ?? 0
    for (let edge = 0; edge < from.length; edge++) {
      const source = from[edge] ?? 0
      const target = to[edge] ?? 0
      next[target] = (next[target] ?? 0) + ((rank[source] ?? 0) * (weight[edge] ?? 0)) / (out[source] || 1)
    }
    for (let node = 0; node < count; node++) {
      const jump = (1 - damping + damping * idle) * (start[node] ?? 0)
      next[node] = damping * (next[node] ?? 0) + jump
    }
    rank = next
  }
  return rank
}
