import type { ProofEvidence, TestEvidence } from '@/lib/core/evidence'
import type { Bench } from './ports'

/**
 * Runs the change's test files on the untouched base: what passes on the head and not there is proven by the change
 * (spec.md section 5).
 * @param input.files test files of the change that exist on the head
 */
export async function prove(
  bench: Bench,
  input: { readonly headSha: string; readonly files: readonly string[]; readonly head: TestEvidence },
): Promise<ProofEvidence> {
  const { headSha, files, head } = input
  const none = (note: string): ProofEvidence => ({
    kind: 'proof',
    files: [...files],
    provenBy: [],
    passBoth: 0,
    note,
    commit: headSha,
  })
  if (files.length === 0) return none('The change has no tests of its own.')
  if (!head.parsed) return none('The runner names no single tests, so none can be compared.')
  const base = (await bench.suite({ at: bench.baseSha, overlay: { from: headSha, files }, files }))?.tests
  if (!base) return none('The tests could not be run on the base.')
  const passedThere = new Set(base.cases.filter((test) => test.status === 'passed').map((test) => test.id))
  const here = head.cases.filter((test) => test.status === 'passed' && files.includes(test.file))
  const provenBy = here.filter((test) => !passedThere.has(test.id)).map((test) => test.id)
  return {
    kind: 'proof',
    files: [...files],
    provenBy,
    passBoth: here.length - provenBy.length,
    ...(provenBy.length === 0 ? { note: 'Every test of the change passes without the change as well.' } : {}),
    commit: headSha,
  }
}
