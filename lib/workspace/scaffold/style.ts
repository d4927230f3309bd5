import type { Language } from '@/lib/workspace/project/project'
import type { ProjectReader } from '@/lib/workspace/project/reader'

const sources: Readonly<Record<Language, RegExp>> = {
  typescript: /\.[cm]?tsx?$/,
  javascript: /\.[cm]?jsx?$/,
  python: /\.py$/,
  go: /\.go$/,
  rust: /\.rs$/,
  java: /\.(java|kt)$/,
  unknown: /\.(c|h|cc|cpp|rb|php|sh|swift|cs)$/,
}
const usual: Readonly<Record<Language, string>> = {
  typescript: '2',
  javascript: '2',
  python: '4',
  go: 'tab',
  rust: '4',
  java: '4',
  unknown: '4',
}
const SAMPLE = 30

/** How most of the sources are indented: `tab`, or the spaces of a level. */
export async function indentOf(reader: ProjectReader, language: Language): Promise<string> {
  const paths = reader.files.filter(
    (path) => sources[language].test(path) && !/(^|\/)(dist|vendor|build)\//.test(path),
  )
  const counts = new Map<string, number>()
  for (const path of paths.slice(0, SAMPLE)) {
    const found = indentOfText((await reader.read(path)) ?? '')
    if (found !== null) counts.set(found, (counts.get(found) ?? 0) + 1)
  }
  const most = [...counts].sort((a, b) => b[1] - a[1])[0]
  return most?.[0] ?? usual[language]
}

/** The least first indentation of a text decides: deeper ones are levels of it or aligned text. */
function indentOfText(text: string): string | null {
  const lines = text.split('\n', 2000)
  const tabs = lines.filter((line) => line.startsWith('\t')).length
  const spaced = lines.map((line) => /^( +)[^ *]/.exec(line)?.[1]?.length ?? 0).filter((width) => width > 1)
  if (tabs === 0 && spaced.length === 0) return null
  if (tabs > spaced.length) return 'tab'
  return String(
    [2, 4, 8, 3].find(
      (width) =>
        spaced.filter((it) => it % width === 0).length >= spaced.length * 0.9 && spaced.includes(width),
    ) ?? 4,
  )
}
