import type { Model } from '@/lib/agents/model'
import type { Prompts } from '@/lib/agents/prompt'
import type { AgentRecord } from '@/lib/agents/record'
import type { Workspace } from '@/lib/agents/workspace'
import type { Config } from '@/lib/core/config'
import type { Evaluation } from '@/lib/core/evaluation'
import type {
  CoverageEvidence,
  Evidence,
  LintEvidence,
  TestEvidence,
  TypesEvidence,
} from '@/lib/core/evidence'
import type { AgentName, FlowStep } from '@/lib/core/flow'
import type { GatePolicy } from '@/lib/core/limits'
import type { BeadRecord, RunRecord, StepResult } from '@/lib/core/record'
import type { Review } from '@/lib/core/review'
import type { Forge, PullRequestRef } from '@/lib/forge/forge'

/** One step of a flow: what it is given, and how it ended. Everything it does goes through its context. */
export type Step = (context: StepContext) => Promise<StepResult>

export interface StepContext {
  readonly run: RunRecord
  readonly bead: BeadRecord
  /** Stops the step at its next border. */
  readonly signal: AbortSignal
  /** Cuts a model call off; see AgentPorts. */
  readonly hangUp: AbortSignal
  readonly record: StepRecord
  /** The prepared workspace of this run, rebuilt when it is gone. */
  readonly bench: () => Promise<Bench>
  readonly model: (agent: AgentName) => Promise<Model>
  readonly forge: () => Promise<Forge>
  /** The page of this run, for people who come from the forge. */
  readonly runUrl: string
  readonly prompts: () => Promise<Prompts>
  readonly now: () => number
}

export interface GateOpening {
  readonly name: string
  readonly reason: string
  readonly policy: GatePolicy
  readonly evidenceHash: string
  readonly baseSha: string
  readonly headSha: string
  readonly diff: string
  readonly leadsTo: string
}

/** Something to be done outside. */
export interface Effect {
  /** Names this very effect of the run: what has it is done once. */
  readonly key: string
  /** `push`, `pull_request`, `label`, `check`, `comment`, `ready`, `merge`. */
  readonly kind: string
  /** What exactly will be made: numbers, commits, target, hashes of texts. */
  readonly intent: Readonly<Record<string, unknown>>
}

/** What steps keep beside turns and money. Every write carries the worker's lease. */
export interface StepRecord extends AgentRecord {
  evidence(phase: 'baseline' | 'change', evidence: Evidence): Promise<void>
  /** The newest evidence of a kind, null when there is none. */
  latest<K extends Evidence['kind']>(
    phase: 'baseline' | 'change',
    kind: K,
  ): Promise<Extract<Evidence, { kind: K }> | null>
  artifact(kind: string, content: string): Promise<string>
  review(headSha: string, review: Review): Promise<void>
  /** Reviews of this run, oldest first. */
  reviews(): Promise<Review[]>
  evaluation(headSha: string, score: number, parts: Evaluation): Promise<void>
  /** Opens a gate; the one that is open already when the step is done again. */
  openGate(gate: GateOpening): Promise<void>
  /** What the newest approval of this gate was bound to, null when it has none. */
  approvedEvidence(gate: string): Promise<string | null>
  pullRequest(): Promise<PullRequestRef | null>
  /** Whether this commit is the head of another run too, which had its pull request before and may still merge it. */
  headIsTaken(headSha: string): Promise<boolean>
  savePullRequest(
    ref: PullRequestRef,
    text: { key: string; title: string; body: string; labels: readonly string[] },
  ): Promise<void>
  /** @param labelsGone labels that were taken off it at its merge */
  merged(ref: PullRequestRef, labelsGone?: readonly string[]): Promise<void>
  /**
   * Something done outside, once: what it gave the first time when it is done already. The intent is committed
   * before it is made, the result after; `make` itself looks for its key first, for a death between the two.
   */
  effect<T extends Record<string, unknown>>(effect: Effect, make: () => Promise<T>): Promise<T>
  /**
   * Asked by the forge right before each call that changes something: whether this worker still has the run.
   * @throws AppError('lease_lost' | 'cancelled'), or 'internal' outside of an effect
   */
  beforeWrite(): Promise<void>
  learning(kind: 'success' | 'mistake' | 'reviewer_rule', text: string, source: string): Promise<void>
  /** Approved learnings of this repository, newest first. */
  learnings(): Promise<string[]>
  /** Outcomes and summaries of this run's beads of one step, oldest first. */
  beadsOf(step: FlowStep): Promise<readonly FinishedBead[]>
}

export interface FinishedBead {
  readonly id: string
  readonly attempt: number
  readonly summary: Readonly<Record<string, unknown>>
}

export interface CheckOptions {
  /** Only these files, where the tool can; default all. */
  readonly files?: readonly string[]
  /** Against a clean checkout of this commit that no agent can write to; default: the workspace as it is. */
  readonly at?: string
  readonly coverage?: boolean
  /** Files of another commit laid over that checkout. */
  readonly overlay?: { readonly from: string; readonly files: readonly string[] }
}

/** A run's repository at work: its checkout, its commands in the sandbox, its facts. */
export interface Bench {
  readonly config: Config
  readonly facts: ProjectFacts
  readonly baseSha: string
  readonly branch: string
  readonly target: string
  readonly mainBranch: string
  /** Where the bare mirror lies, for the forge's push. */
  readonly mirror: string
  /**
   * Files that agents may change are limited to `scope`; null: all but the protected ones.
   * @param author `person`: writes what a person wrote, whom protected paths do not bind; agents never get it
   */
  workspace(scope: readonly string[] | null, author?: 'agent' | 'person'): Workspace
  /** The change as it was when the step began, the same when the step is gone on with by another worker. */
  diffBefore(): Promise<string>
  /** What each commit since the base changed, one after the other: all that a push takes along. */
  commitDiffs(): Promise<string>
  /** Paths that differ from the base. */
  changed(): Promise<readonly { readonly path: string; readonly status: string }[]>
  /** Installs the dependencies, or finds them in the cache. */
  install(): Promise<Evidence>
  /** The tests, with their coverage when it is asked for and measured here; null when there are none to run. */
  suite(
    options?: CheckOptions,
  ): Promise<{ readonly tests: TestEvidence; readonly coverage: CoverageEvidence | null } | null>
  lint(options?: CheckOptions): Promise<LintEvidence | null>
  types(options?: CheckOptions): Promise<TypesEvidence | null>
  /** A ranked map of the code for this task, within a token budget. */
  map(task: string, budgetTokens: number): Promise<string>
  /** A file of the base branch, null when it has none. */
  readBase(path: string): Promise<string | null>
  /** Test files that lie near these paths. */
  testsNear(paths: readonly string[]): Promise<string[]>
  /** The commit that the target branch is at now, as its source tells. */
  targetTip(): Promise<string>
  /** Takes over commits that people made on the run's branch at the forge; null when there are none. */
  adopt(): Promise<string | null>
  /** Removes the checkout; commits and refs stay. */
  remove(): Promise<void>
}

/** What prepare found out, as text and names that prompts and pages use. */
export interface ProjectFacts {
  /** A few lines: language, package manager, commands. */
  readonly text: string
  readonly language: string
  readonly framework: string | null
  readonly commands: readonly ('lint' | 'types' | 'test')[]
  /** Instructions of the repository for agents, whole, from the base branch. */
  readonly instructions: string
  readonly styleGuide: string
  readonly warnings: readonly string[]
  /** Why no command can be run here, else null: then nothing is tested, and people are asked. */
  readonly refused: string | null
}
