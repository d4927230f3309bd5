import { type CoverageEvidence, MAX_UNCOVERED } from '@/lib/core/evidence'
import { relativeFile } from '@/lib/workspace/project/text'

interface FileLines {
  /** Line number to whether it was run. */
  readonly lines: Map<number, boolean>
}

/** Lines found and hit of each file in an lcov report; several records of one file are joined. */
export function readLcov(report: string): ReadonlyMap<string, FileLines> {
  const files = new Map<string, FileLines>()
  let current: FileLines | undefined
  for (const line of report.split('\n')) {
    if (line.startsWith('SF:')) {
      const file = relativeFile(line.slice(3).trim())
      current = files.get(file) ?? { lines: new Map() }
      files.set(file, current)
    } else if (line.startsWith('DA:') && current !== undefined) {
      const [number, hits] = line.slice(3).split(',').map(Number)
      if (number !== undefined)
        current.lines.set(number, (current.lines.get(number) ?? false) || (hits ?? 0) > 0)
    }
  }
  return files
}

/** Lines of each file in a Go cover profile. @param module its import path is taken off the file names */
export function readGoProfile(report: string, module: string): ReadonlyMap<string, FileLines> {
  const files = new Map<string, FileLines>()
  for (const line of report.split('\n')) {
    const block = /^(.+):(\d+)\.\d+,(\d+)\.\d+ \d+ (\d+)$/.exec(line)
    if (block === null) continue
    const path = block[1] ?? ''
    const file = module !== '' && path.startsWith(`${module}/`) ? path.slice(module.length + 1) : path
    const facts = files.get(file) ?? { lines: new Map() }
    files.set(file, facts)
    for (let number = Number(block[2]); number <= Number(block[3]); number++) {
      facts.lines.set(number, (facts.lines.get(number) ?? false) || Number(block[4]) > 0)
    }
  }
  return files
}

/** Coverage as evidence: line percent over all files, rounded to two places; null when no line was found. */
export function coverageEvidence(
  tool: string,
  files: ReadonlyMap<string, FileLines>,
  commit: string | null,
): CoverageEvidence {
  let room = MAX_UNCOVERED
  const listed = [...files]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([file, { lines }]) => {
      const bare = [...lines].flatMap(([line, run]) => (run ? [] : [line])).sort((a, b) => a - b)
      const kept = bare.length > 0 && bare.length <= room
      if (kept) room -= bare.length
      const facts = { file, linesFound: lines.size, linesHit: lines.size - bare.length }
      return kept
        ? { ...facts, uncovered: bare.filter((line) => Number.isSafeInteger(line) && line > 0) }
        : facts
    })
  const linesFound = listed.reduce((sum, file) => sum + file.linesFound, 0)
  const linesHit = listed.reduce((sum, file) => sum + file.linesHit, 0)
  const linesPercent = linesFound === 0 ? null : Math.round((linesHit / linesFound) * 10_000) / 100
  const reason = linesFound === 0 ? { reason: `The report of ${tool} names no lines.` } : {}
  return {
    kind: 'coverage',
    tool,
    linesPercent,
    linesFound,
    linesHit,
    files: listed.slice(0, 20_000),
    ...reason,
    commit,
  }
}

/** Coverage that could not be measured, with the reason. */
export function noCoverage(tool: string, reason: string, commit: string | null): CoverageEvidence {
  return { kind: 'coverage', tool, linesPercent: null, linesFound: 0, linesHit: 0, files: [], reason, commit }
}
