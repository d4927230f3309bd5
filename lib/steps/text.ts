import { withoutBlobs } from '@/lib/agents/tools/files'
import type { Finding, TestEvidence } from '@/lib/core/evidence'
import { compareFindings, endedBadly, endsWorse, type FindingsEvidence } from '@/lib/core/evidence-compare'
import type { Task } from '@/lib/core/plan'
import { plural } from '@/lib/core/plural'
import type { ReviewComment } from '@/lib/core/review'
import type { TriggerTask } from '@/lib/core/trigger'

/** Facts as the prompts show them. No times, ids or paths of this machine: the same facts give the same text. */

/** The issue as its author wrote it, its number in front; a body that begins with the title is not told it twice. */
export function issueText(task: TriggerTask): string {
  const title = task.issue === undefined ? task.title : `#${task.issue}: ${task.title}`
  const body = bodyText(task)
  return body === '' ? title : `${title}\n\n${body}`
}

/** The body without a first line that is the title again. */
function bodyText({ title, body }: TriggerTask): string {
  const text = body.trim()
  return text.startsWith(title) ? text.slice(title.length).trim() : text
}

/** What can be checked of the tasks, without how they were to be done. */
export function criteriaText(tasks: readonly Task[]): string {
  return tasks
    .flatMap((task) => [
      ...task.acceptance_criteria.map((criterion) => `- ${criterion}`),
      ...(task.wishes ?? []),
    ])
    .join('\n')
}

export function taskText(task: Task): string {
  const criteria = task.acceptance_criteria.map((criterion) => `- ${criterion}`).join('\n')
  const wished = task.wishes?.length ? `\n\nWhat people want changed:\n${task.wishes.join('\n')}` : ''
  return `${task.id}: ${task.title}\n\n${task.description}\n\nAcceptance criteria:\n${criteria}${wished}`
}

export function commentsText(comments: readonly ReviewComment[]): string {
  return comments
    .map((comment) => {
      const place = comment.line === null ? comment.file : `${comment.file}:${comment.line}`
      return `- [${comment.severity}, ${comment.category}] ${place}: ${comment.body}`
    })
    .join('\n')
}

/** A part of a prompt under a heading, or nothing when there is nothing to say. */
export function section(title: string, text: string): string {
  return text.trim() === '' ? '' : `## ${title}\n${text.trim()}`
}

export function cut(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max)}\n… cut at ${max} of ${text.length} characters.`
}

/** A diff as prompts show it: blob ids tell a model nothing. */
export function diffText(diff: string, max: number): string {
  return cut(withoutBlobs(diff), max)
}

export function failuresText(evidence: TestEvidence, ids: readonly string[]): string {
  const failing = evidence.cases.filter((test) => ids.includes(test.id))
  const listed = failing
    .slice(0, 20)
    .map((test) => `- ${test.file}: ${test.name}\n${indent(test.message ?? '')}`)
  const more = failing.length > 20 ? `\n… and ${failing.length - 20} more` : ''
  if (listed.length > 0) return listed.join('\n') + more
  const how = evidence.ended ? `was ended (${evidence.ended})` : `ended with exit code ${evidence.exitCode}`
  return `The test command ${how} and named no failing test. ${evidence.note ?? ''}`
}

/** Frames inside Node itself say nothing about the fault, and differ from one version to the next. */
const ownFrame = /^\s*at (?:async )?.*\(?node:/

function indent(text: string): string {
  return cut(text, 3_000)
    .split('\n')
    .filter((line) => !ownFrame.test(line))
    .map((line) => `    ${line}`)
    .join('\n')
}

export function countsText(evidence: TestEvidence): string {
  if (!evidence.parsed) return `exit code ${evidence.exitCode}`
  return `${evidence.passed} passed, ${evidence.failed} failed, ${evidence.skipped} skipped`
}

/** Findings that the base did not have. */
function newFindings(before: FindingsEvidence | null, after: FindingsEvidence | null): readonly Finding[] {
  return after ? compareFindings(before?.findings ?? [], after.findings).added : []
}

/** How much worse a check is than on the base: its new findings, or 1 for an end that none explains. */
export function newProblemCount(before: FindingsEvidence | null, after: FindingsEvidence): number {
  return endsWorse(before, after) ? 1 : newFindings(before, after).length
}

/** What is new in a check against the base, null when nothing is. */
export function problemText(before: FindingsEvidence | null, after: FindingsEvidence): string | null {
  const added = newFindings(before, after)
  if (added.length > 0) return `${added.length} new ${after.kind} findings:\n${findingsText(added)}`
  if (!endsWorse(before, after)) return null
  const how = after.ended ? `was ended (${after.ended})` : `ended with exit code ${after.exitCode}`
  return `${after.kind}: \`${after.command}\` ${how}, ${baseText(before)}. ${after.note ?? ''}`.trim()
}

/** How the base differs from a check that ended badly and names nothing new. */
function baseText(before: FindingsEvidence | null): string {
  if (before === null) return 'and did not run on the base'
  if (!endedBadly(before)) return 'which it did not on the base'
  return `and names nothing; on the base it named ${plural(before.findings.length + before.findingsDropped, 'finding')}`
}

function findingsText(findings: readonly Finding[]): string {
  return findings
    .slice(0, 40)
    .map((finding) => `${finding.file}:${finding.line}: ${finding.message} (${finding.rule})`)
    .join('\n')
}
