import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import { log } from '@/lib/log'
import { packageRoot } from '@/lib/root'
import type { Grammar } from '@/lib/workspace/map/languages'

/** Name and row (from 0) of each definition. */
export type Names = readonly (readonly [string, number])[]

export interface Source {
  readonly grammar: Grammar
  readonly source: string
}

export interface Parser {
  /** The names of each source; null for one that breaks the parser or takes longer than 5 s. One call at a time. */
  parse(sources: readonly Source[]): Promise<readonly (Names | null)[]>
  close(): Promise<void>
}

const limitMs = 5_000
/** A repository that breaks the parser so often does so on purpose: the rest goes without definitions. */
const maxBreaks = 5

// Resolved from the package's root, and under another name than `require`: a bundler would take the grammars in.
const installed = createRequire(join(packageRoot(), 'package.json'))

/** A tree-sitter in a thread of its own, started at its first use and again when a source has broken it. */
export function openParser(): Parser {
  let worker: Worker | undefined
  let breaks = 0
  const close = async () => {
    const ending = worker
    worker = undefined
    await ending?.terminate()
  }
  const attempt = async (sources: readonly Source[]): Promise<Answer> => {
    worker ??= start()
    const answer = await ask(worker, sources)
    if ('error' in answer) await close()
    return answer
  }
  const alone = async (source: Source): Promise<Names | null> => {
    if (breaks >= maxBreaks) return null
    const answer = await attempt([source])
    if ('names' in answer) return answer.names[0] ?? null
    breaks++
    const { name } = source.grammar
    log('warn', 'A source could not be parsed for the repository map.', { grammar: name, ...answer })
    return null
  }
  return {
    close,
    async parse(sources) {
      if (sources.length === 0) return []
      if (breaks >= maxBreaks) return sources.map(() => null)
      if (sources.length > 1) {
        const answer = await attempt(sources)
        if ('names' in answer) return answer.names
      }
      // One of them breaks it: which one shows when each goes alone.
      const names: (Names | null)[] = []
      for (const source of sources) names.push(await alone(source))
      return names
    },
  }
}

function start(): Worker {
  const library = pathToFileURL(installed.resolve('web-tree-sitter').replace(/\.cjs$/, '.js')).href
  // What a broken WebAssembly prints is told by the log above.
  const options = { workerData: { library }, stdout: true, stderr: true, execArgv: [], env: {} }
  // Not `new Worker(…)`: Turbopack would bundle the thread's file and look for it where it is not.
  const worker = Reflect.construct(Worker, [
    join(packageRoot(), 'lib', 'workspace', 'map', 'parser-worker.mjs'),
    options,
  ])
  worker.unref()
  return worker
}

type Answer = { readonly names: readonly Names[] } | { readonly error: string }

/** Guarantee: only our own thread sends, and it sends one of the two (parser-worker.mjs). */
function asAnswer(message: unknown): Answer {
  return message as Answer
}

function ask(worker: Worker, sources: readonly Source[]): Promise<Answer> {
  const items = sources.map(({ grammar: { name, query }, source }) => ({
    grammar: {
      name,
      query,
      file: installed.resolve(`@vscode/tree-sitter-wasm/wasm/tree-sitter-${name}.wasm`),
    },
    source,
  }))
  return new Promise((resolve) => {
    const finish = (answer: Answer) => {
      clearTimeout(timer)
      worker.off('message', onMessage)
      worker.off('error', onError)
      worker.off('exit', onExit)
      resolve(answer)
    }
    const onMessage = (message: unknown) => finish(asAnswer(message))
    const onError = (error: Error) => finish({ error: error.message })
    const onExit = () => finish({ error: 'The thread ended.' })
    const timer = setTimeout(() => finish({ error: `longer than ${limitMs} ms` }), limitMs)
    worker.on('message', onMessage)
    worker.on('error', onError)
    worker.on('exit', onExit)
    worker.postMessage(items)
  })
}
