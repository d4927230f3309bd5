import { evidenceNames, evidenceValue } from '@/components/evidence/values'
import { plural, shortSha } from '@/components/format'
import type { Conversation } from '@/lib/services/runs/conversations'
import type { BeadView, EvidenceView } from '@/lib/services/views'
import { percent } from './outcome-words'

/** One thing of a bead that is compared: `text` is shown, `key` decides whether two are the same. */
export interface BeadFact {
  readonly label: string
  readonly text: string
  readonly key: string
}

/** The same fact of two beads; null where one has none. */
export interface FactPair {
  readonly label: string
  readonly left: string | null
  readonly right: string | null
  readonly same: boolean
}

/** In the order in which one leads to the next, so that the first that differs is nearest to the cause. */
const order = ['Model', 'Prompt', 'Plan', 'Review', 'Tools', ...Object.values(evidenceNames), 'Commit']

/** What is compared of a bead beside its status and its outcome. */
export function factsOf(
  bead: BeadView,
  evidence: readonly EvidenceView[],
  conversation: Conversation | undefined,
): BeadFact[] {
  const facts: (BeadFact | null)[] = [
    bead.model === null ? null : fact('Model', bead.model),
    promptFact(conversation),
    outcomeFact(bead),
    toolsFact(conversation),
    ...evidenceFacts(evidence.filter((item) => item.beadId === bead.id)),
    bead.headSha === null ? null : fact('Commit', shortSha(bead.headSha), bead.headSha),
  ]
  return facts.flatMap((one) => (one === null ? [] : [one]))
}

const fact = (label: string, text: string, key: string = text): BeadFact => ({ label, text, key })

function promptFact(conversation: Conversation | undefined): BeadFact | null {
  if (!conversation || conversation.prompts.length === 0) return null
  const words = conversation.prompts.map(
    ({ name, version, hash }) => `${name} ${version} (${hash.slice(0, 7)})`,
  )
  return fact('Prompt', words.join(', '), JSON.stringify(conversation.prompts))
}

function outcomeFact({ outcome }: BeadView): BeadFact | null {
  if (outcome?.kind === 'planned') {
    const titles = outcome.tasks.map((task) => `${task.id} ${task.title}`)
    return fact(
      'Plan',
      `${plural(titles.length, 'task')}: ${titles.join('; ')}`,
      JSON.stringify(outcome.tasks),
    )
  }
  if (outcome?.kind !== 'reviewed') return null
  const { decision, confidence, comments } = outcome.review
  const words = [decision.replaceAll('_', ' '), percent(confidence), plural(comments.length, 'comment')]
  return fact('Review', words.join(', '), JSON.stringify([decision, confidence, comments.length]))
}

function toolsFact(conversation: Conversation | undefined): BeadFact | null {
  if (!conversation || conversation.calls.length === 0) return null
  return fact('Tools', conversation.calls.map(({ tool, count }) => `${tool} ${count}`).join(', '))
}

/** The last of each kind, as `Tests`, or `Tests, on the base` of what was measured before the change. */
export function evidenceFacts(evidence: readonly EvidenceView[]): BeadFact[] {
  const facts = new Map<string, BeadFact>()
  for (const item of evidence) {
    const found = evidenceValue(item)
    if (found === null) continue
    const name = evidenceNames[item.kind] ?? item.kind
    const label = item.phase === 'baseline' ? `${name}, on the base` : name
    facts.set(label, { label, ...found })
  }
  return [...facts.values()]
}

/** The facts of two sides beside each other, in the order of `order`, those of the base after those of the change. */
export function pairFacts(left: readonly BeadFact[], right: readonly BeadFact[]): FactPair[] {
  const labels = [...new Set([...left, ...right].map(({ label }) => label))]
  const place = (label: string): number => {
    const [name = ''] = label.split(',')
    return order.indexOf(name) * 2 + (name === label ? 0 : 1)
  }
  return labels
    .sort((a, b) => place(a) - place(b))
    .map((label) => {
      const [a, b] = [left, right].map((facts) => facts.find((one) => one.label === label))
      return { label, left: a?.text ?? null, right: b?.text ?? null, same: a?.key === b?.key }
    })
}

const words: Readonly<Record<string, string>> = {
  Model: 'another model',
  Prompt: 'another prompt',
  Plan: 'another plan',
  Review: 'another review',
  Tools: 'other tool calls',
  Tests: 'other test results',
  Lint: 'other lint findings',
  Types: 'other type findings',
  Coverage: 'another coverage',
  Secrets: 'other secrets found',
  Change: 'another size of the change',
  Proof: 'another proof',
  Commit: 'another commit',
}

/** `another model`; `other test results, on the base`. */
export function factWords(label: string): string {
  const [name = '', ...rest] = label.split(',')
  return [words[name] ?? `another ${name}`, ...rest].join(',')
}
