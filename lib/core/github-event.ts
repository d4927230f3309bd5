import { z } from 'zod'

/** Somebody at GitHub. */
export interface GitHubPerson {
  /** GitHub's number, which never changes; names do. */
  readonly subject: string
  readonly login: string
  /** It is a program's account. */
  readonly bot: boolean
}

export interface IssueNews {
  readonly kind: 'issue'
  readonly number: number
  readonly title: string
  /** Set by the event; null: the issue was opened, or opened again. */
  readonly label: string | null
  /** All that the issue has. */
  readonly labels: readonly string[]
  readonly by: GitHubPerson
}

export interface WorkflowNews {
  readonly kind: 'workflow'
  readonly name: string
  readonly branch: string
  readonly sha: string
  readonly url: string
  readonly by: GitHubPerson
}

/** Nothing is to be done, and why. */
export interface NoNews {
  readonly kind: 'none'
  readonly status: 'handled' | 'ignored'
  readonly note: string
}

export type GitHubNews = IssueNews | WorkflowNews | NoNews

/** What every event has of what we read. */
const anyEvent = z.object({
  action: z.string().max(100).nullish(),
  repository: z.object({ full_name: z.string().max(300), default_branch: z.string().nullish() }).nullish(),
})

const person = z
  .object({ id: z.number().int(), login: z.string().min(1).max(200), type: z.string().nullish() })
  .transform(({ id, login, type }): GitHubPerson => ({ subject: String(id), login, bot: type === 'Bot' }))

const issueEvent = z.object({
  sender: person,
  label: z.object({ name: z.string() }).nullish(),
  issue: z.object({
    number: z.int().min(1).max(2_147_483_647),
    title: z.string(),
    state: z.string().nullish(),
    author_association: z.string(),
    user: z.object({ id: z.number().int() }).nullish(),
    labels: z.array(z.object({ name: z.string() })).nullish(),
    pull_request: z.unknown().optional(),
  }),
})

const workflowEvent = z.object({
  sender: person,
  repository: z.object({ full_name: z.string(), default_branch: z.string() }),
  workflow: z.object({ name: z.string().nullish() }).nullish(),
  workflow_run: z.object({
    name: z.string().nullish(),
    event: z.string(),
    conclusion: z.string().nullish(),
    head_branch: z.string().nullish(),
    head_sha: z.string().regex(/^[0-9a-f]{40,64}$/),
    html_url: z.url({ protocol: /^https?$/ }).max(2_000),
    head_repository: z.object({ full_name: z.string() }).nullish(),
  }),
})

/** What every event says of itself. @returns null for what is no event of GitHub */
export function aboutEvent(payload: unknown): { action: string | null; repository: string | null } | null {
  const read = anyEvent.safeParse(payload)
  if (!read.success) return null
  return { action: read.data.action ?? null, repository: read.data.repository?.full_name ?? null }
}

/** What of an event may start a run; the repository's configuration decides whether it does. */
export function readNews(event: string, payload: unknown): GitHubNews {
  if (event === 'ping') return { kind: 'none', status: 'handled', note: 'GitHub reaches this installation.' }
  if (event === 'issues') return readIssue(payload)
  if (event === 'workflow_run') return readWorkflow(payload)
  return ignored('Nothing is done at this event; choose Issues and Workflow runs at GitHub.')
}

function ignored(note: string): NoNews {
  return { kind: 'none', status: 'ignored', note }
}

const unreadable = ignored('The payload is not what GitHub sends with this event.')
const starting = ['opened', 'reopened', 'labeled']
const trusted = ['OWNER', 'MEMBER', 'COLLABORATOR']

function readIssue(payload: unknown): GitHubNews {
  const action = aboutEvent(payload)?.action ?? ''
  if (!starting.includes(action))
    return ignored('Only issues that are opened, opened again or labelled start runs.')
  const read = issueEvent.safeParse(payload)
  if (!read.success) return unreadable
  const { sender: by, label, issue } = read.data
  const { number, title, user } = issue
  if (issue.pull_request !== undefined && issue.pull_request !== null)
    return ignored(`#${number} is a pull request and no issue.`)
  if (issue.state === 'closed') return ignored(`Issue #${number} is closed.`)
  if (by.bot) return ignored(`${by.login} is a program: ${byHand(number)}`)
  if (action === 'labeled' && !label) return unreadable
  // GitHub asks for the right to triage before it lets somebody set a label; a template sets them for anybody.
  const ownIssue = action === 'opened' || by.subject === String(user?.id)
  if (ownIssue && !trusted.includes(issue.author_association))
    return ignored(
      `Whoever opened issue #${number} is neither owner, member nor collaborator of the repository, and asked for it alone: ${byHand(number)}`,
    )
  const labels = (issue.labels ?? []).map(({ name }) => name)
  return {
    kind: 'issue',
    number,
    title,
    label: action === 'labeled' ? (label?.name ?? '') : null,
    labels,
    by,
  }
}

/** What to do instead, for who reads why nothing was done. */
function byHand(number: number): string {
  return `let somebody else label it, or start it by hand with \`devpilot run --issue ${number}\` or under New run.`
}

/** What nobody without rights to the repository brings about: comments, forks and stars run workflows there, too. */
const ownEvents = ['push', 'schedule', 'workflow_dispatch', 'merge_group', 'release', 'repository_dispatch']

function readWorkflow(payload: unknown): GitHubNews {
  if (aboutEvent(payload)?.action !== 'completed') return ignored('The workflow has not ended yet.')
  const read = workflowEvent.safeParse(payload)
  if (!read.success) return unreadable
  const { sender: by, repository, workflow, workflow_run: run } = read.data
  const name = workflow?.name || run.name || 'unnamed'
  if (run.conclusion !== 'failure')
    return ignored(`${name} ended with ${run.conclusion ?? 'nothing'}, not with a failure.`)
  const branch = run.head_branch ?? ''
  if (branch.startsWith('devpilot/'))
    return ignored(`${name} failed on ${branch}, a branch of DevPilot: the run that made it sees to that.`)
  if (branch !== repository.default_branch)
    return ignored(`${name} failed on ${branch || 'no branch'}, not on ${repository.default_branch}.`)
  // A fork may call its branch the same.
  if (run.event.startsWith('pull_request') || run.head_repository?.full_name !== repository.full_name)
    return ignored(`${name} failed for a pull request, not on ${branch} itself.`)
  if (!ownEvents.includes(run.event))
    return ignored(
      `${name} was started by ${run.event.slice(0, 60)}, which strangers can bring about; only failures after ${ownEvents.join(', ')} start runs.`,
    )
  return { kind: 'workflow', name, branch, sha: run.head_sha, url: run.html_url, by }
}
