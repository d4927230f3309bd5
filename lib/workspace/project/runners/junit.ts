import type { TestCase } from '@/lib/core/evidence'
import { testCase } from '@/lib/workspace/project/runners/cases'

/** One `<testcase>` of a JUnit report as it stands there. */
interface JunitCase {
  readonly attributes: Readonly<Record<string, string>>
  /** `failure`, `error`, `skipped` or null, and its text. */
  readonly outcome: 'failure' | 'error' | 'skipped' | null
  readonly message: string
}

/**
 * Reads JUnit XML. A report that was cut short gives the cases before the cut. No XML library: the format is flat, and
 * entities other than the five of XML itself are never expanded.
 */
export function readJunit(xml: string): readonly JunitCase[] {
  const cases: JunitCase[] = []
  const pattern = /<testcase\b((?:[^>"']|"[^"]*"|'[^']*')*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g
  for (const match of xml.matchAll(pattern)) {
    const body = match[2] ?? ''
    const inner = /<(failure|error|skipped)\b((?:[^>"']|"[^"]*"|'[^']*')*?)(?:\/>|>([\s\S]*?)<\/\1>)/.exec(
      body,
    )
    const kind = inner?.[1]
    const attributes = readAttributes(inner?.[2] ?? '')
    cases.push({
      attributes: readAttributes(match[1] ?? ''),
      outcome: kind === 'failure' || kind === 'error' || kind === 'skipped' ? kind : null,
      message: unescapeXml(inner?.[3] ?? '') || attributes.message || '',
    })
  }
  return cases
}

/** JUnit cases as ours. @param name gives file and name; the default is the class and the name */
export function junitCases(
  xml: string,
  name: (attributes: Readonly<Record<string, string>>) => { file: string; name: string },
): readonly TestCase[] {
  return readJunit(xml).map((one) =>
    testCase({
      ...name(one.attributes),
      status: one.outcome === null ? 'passed' : one.outcome === 'skipped' ? 'skipped' : 'failed',
      message: one.outcome === null ? undefined : one.message,
      durationMs: Number(one.attributes.time ?? Number.NaN) * 1000,
    }),
  )
}

function readAttributes(text: string): Readonly<Record<string, string>> {
  const pairs = [...text.matchAll(/([\w:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)]
  return Object.fromEntries(pairs.map((pair) => [pair[1] ?? '', unescapeXml(pair[2] ?? pair[3] ?? '')]))
}

function unescapeXml(text: string): string {
  const names: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }
  return text
    .replace(/<!\[CDATA\[([\s\S]*?)\]\]>/g, '$1')
    .replace(
      /&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(lt|gt|amp|quot|apos));/gi,
      (whole, hex: string, decimal: string, name: string) => {
        if (name !== undefined) return names[name.toLowerCase()] ?? whole
        const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
        return code <= 0x10ffff ? String.fromCodePoint(code) : whole
      },
    )
}
