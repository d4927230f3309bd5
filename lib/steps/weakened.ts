import type { TestEvidence } from '@/lib/core/evidence'
import { compareTests } from '@/lib/core/evidence-compare'
import { diffEvidence } from '@/lib/core/test-guard'

const MAX_NAMED = 20

/**
 * Why a suite that passes may say less than it did: tests that are gone or skipped now, and places of the diff that
 * weaken one. A test that is found under the same name in another file has only moved. Null when there is nothing.
 * @param diff of the change as git writes it
 */
export function weakenedText(before: TestEvidence | null, after: TestEvidence, diff: string): string | null {
  const { missing, newlySkipped } = compareTests(before, after)
  const known = new Set((before?.cases ?? []).map((test) => test.id))
  const added = new Set(after.cases.filter((test) => !known.has(test.id)).map((test) => test.name))
  const gone = missing.filter((test) => !added.has(test.name)).map((test) => test.id)
  const flags = diffEvidence(diff, null).testFlags.map(
    (flag) => `${flag.kind.replaceAll('_', ' ')} at ${flag.file}:${flag.line}: ${flag.text}`,
  )
  const parts = [
    listed('Tests that ran on the base are gone', gone),
    listed(
      'Tests that ran on the base are skipped',
      newlySkipped.map((test) => test.id),
    ),
    listed('The change weakens tests', flags),
  ].filter((part) => part !== '')
  return parts.length === 0 ? null : parts.join('\n')
}

function listed(title: string, names: readonly string[]): string {
  if (names.length === 0) return ''
  const more = names.length > MAX_NAMED ? `\n… and ${names.length - MAX_NAMED} more` : ''
  const lines = names.slice(0, MAX_NAMED).map((name) => `- ${name}`)
  return `${title}:\n${lines.join('\n')}${more}`
}
