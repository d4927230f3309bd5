import type { Ranked, RankInput } from '@/lib/workspace/map/rank'

/** Four characters are a token, within 1% in sum (facts.md). */
const charsPerToken = 4
const maxShownDefinitions = 14

/**
 * The ranked map as text: for each of the top files its path and the definitions that matter, each with its line.
 * Stops at the budget; a file whose definitions do not fit any more is not shown by half.
 * @returns the text and the paths shown, best first.
 */
export function renderMap(
  ranked: readonly Ranked[],
  files: readonly RankInput[],
  budgetTokens: number,
): { readonly text: string; readonly files: readonly string[] } {
  const byPath = new Map(files.map((file) => [file.path, file]))
  let room = budgetTokens * charsPerToken
  const blocks: string[] = []
  const shown: string[] = []
  for (const file of ranked) {
    const block = renderFile(file, byPath.get(file.path))
    if (block.length > room) break
    room -= block.length
    blocks.push(block)
    shown.push(file.path)
  }
  return { text: blocks.join(''), files: shown }
}

function renderFile(file: Ranked, input: RankInput | undefined): string {
  const definitions = input?.facts.definitions ?? []
  const order = definitions
    .map((definition, index) => ({ definition, weight: file.definitionWeights[index] ?? 0 }))
    .sort((a, b) => b.weight - a.weight || a.definition.line - b.definition.line)
    .slice(0, maxShownDefinitions)
    .map(({ definition }) => definition)
    .sort((a, b) => a.line - b.line)
  const lines = order.map(({ line, text }) => `  ${line}: ${text}\n`)
  const rest = definitions.length - order.length
  return `${file.path.replace(/[\r\n]/g, ' ')}\n${lines.join('')}${rest > 0 ? `  (${rest} more)\n` : ''}`
}
