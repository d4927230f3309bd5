import type { TestCase } from '@/lib/core/evidence'
import { cleanMessage, relativeFile } from '@/lib/workspace/project/text'

interface RawCase {
  readonly file: string
  readonly name: string
  readonly status: TestCase['status']
  readonly message?: string | undefined
  readonly durationMs?: number | undefined
}

/** A case with its stable id, relative file and cleaned message. */
export function testCase(raw: RawCase): TestCase {
  const file = relativeFile(raw.file)
  const { durationMs } = raw
  return {
    id: file === '' ? raw.name : `${file}::${raw.name}`,
    file,
    name: raw.name,
    status: raw.status,
    ...(raw.message === undefined || raw.message === '' ? {} : { message: cleanMessage(raw.message) }),
    ...(durationMs === undefined || !Number.isFinite(durationMs) || durationMs < 0 ? {} : { durationMs }),
  }
}

/** The one case that stands for a file which could not be loaded, or a framework that did not start. */
export function loadFailure(file: string, message: string): TestCase {
  return testCase({ file, name: '(load)', status: 'failed', message })
}

/** Two tests of one name in one file are told apart by a count: `#2` for the second. */
export function withUniqueIds(cases: readonly TestCase[]): readonly TestCase[] {
  const seen = new Map<string, number>()
  return cases.map((one) => {
    const times = (seen.get(one.id) ?? 0) + 1
    seen.set(one.id, times)
    return times === 1 ? one : { ...one, id: `${one.id}#${times}` }
  })
}

/** Parsed JSON, null when it is none: reports are cut short when a run is killed. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

/** Lines that are each a JSON value; other lines are noise and left out. */
export function* jsonLines(text: string): Generator<unknown> {
  for (const line of text.split('\n')) {
    if (!line.startsWith('{')) continue
    const value = parseJson(line)
    if (value !== null) yield value
  }
}
