// Runs in a worker thread, and in plain JavaScript because a thread gets no loader. A source can break tree-sitter's
// WebAssembly for good (seen: an abort in the Python grammar, after which no parser works), or keep it busy for
// minutes; here the thread is all that is lost.
import { readFile } from 'node:fs/promises'
import { parentPort, workerData } from 'node:worker_threads'

const { Language, Parser, Query } = await import(workerData.library)
await Parser.init()
const ready = new Map()

async function load({ name, file, query }) {
  const language = await Language.load(await readFile(file))
  const parser = new Parser()
  parser.setLanguage(language)
  const loaded = { parser, query: new Query(language, query) }
  ready.set(name, loaded)
  return loaded
}

parentPort.on('message', async (items) => {
  try {
    const names = []
    for (const { grammar, source } of items) {
      const { parser, query } = ready.get(grammar.name) ?? (await load(grammar))
      const tree = parser.parse(source)
      names.push(query.captures(tree.rootNode).map(({ node }) => [node.text, node.startPosition.row]))
      tree.delete()
    }
    parentPort.postMessage({ names })
  } catch (error) {
    parentPort.postMessage({ error: String(error) })
  }
})
