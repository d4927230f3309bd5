import { type Evidence, evidenceSchema, type Finding } from '@/lib/core/evidence'
import { evidenceWords } from '@/lib/core/evidence-words'
import type { EvidenceView } from '@/lib/services/views'

/** What one check measured: as words, and whole enough to tell two of them apart. */
export interface EvidenceValue {
  readonly text: string
  readonly key: string
}

/** What a piece of evidence says, without its times, commits and paths of commands; null for one that says nothing of a change. */
export function evidenceValue({ data }: Pick<EvidenceView, 'data'>): EvidenceValue | null {
  const parsed = evidenceSchema.safeParse(data)
  if (!parsed.success) return null
  return measured(parsed.data)
}

function measured(evidence: Evidence): EvidenceValue | null {
  switch (evidence.kind) {
    case 'tests':
      return value(evidenceWords(evidence), evidence.cases.map(({ id, status }) => `${status} ${id}`).sort())
    case 'lint':
    case 'types':
      return value(evidenceWords(evidence), evidence.findings.map(findingKey))
    case 'coverage':
      if (evidence.linesPercent === null) return value(evidenceWords(evidence))
      return value(evidenceWords(evidence), [String(evidence.linesHit)])
    case 'secrets':
      return value(
        evidenceWords(evidence),
        evidence.findings.map(({ file, line, rule }) => `${file}:${line} ${rule}`),
      )
    case 'diff':
      return value(
        evidenceWords(evidence),
        evidence.files.map(({ file }) => file),
      )
    case 'proof':
      return value(evidenceWords(evidence), evidence.provenBy)
    case 'setup':
      return null
    default:
      return evidence satisfies never
  }
}

const findingKey = ({ file, line, rule, message }: Finding): string => `${file}:${line} ${rule} ${message}`

const value = (text: string, of: readonly string[] = []): EvidenceValue => ({
  text,
  key: JSON.stringify([text, ...[...of].sort()]),
})

/** A kind of evidence as a heading; others than these are shown by their own name. */
export const evidenceNames: Readonly<Record<string, string>> = {
  tests: 'Tests',
  lint: 'Lint',
  types: 'Types',
  coverage: 'Coverage',
  secrets: 'Secrets',
  diff: 'Change',
  proof: 'Proof',
}
