import type { Config } from './config-schema'
import type { IssueNews, WorkflowNews } from './github-event'
import { sameLabel } from './label'

/** A run that news ask for, as it is begun with. */
export type WantedRun =
  | {
      readonly trigger: 'github_issue'
      readonly issue: number
      readonly title: string
      /** Of the entry that asks for it. */
      readonly label?: string
    }
  | {
      readonly trigger: 'ci_failure'
      readonly title: string
      readonly task: string
      readonly url: string
    }

/** The run that a repository's configuration has for these news, or why it has none. */
export function runFor(
  config: Config,
  news: IssueNews | WorkflowNews,
): WantedRun | { readonly none: string } {
  return news.kind === 'issue' ? forIssue(config, news) : forWorkflow(config, news)
}

function forIssue({ pipeline }: Config, { number, title, label, labels }: IssueNews) {
  const entries = pipeline.triggers.filter((entry) => entry.on === 'github_issue')
  if (entries.length === 0) return { none: 'devpilot.yaml has no trigger `on: github_issue`.' }
  const fitting = entries.find((entry) => {
    // An entry for all issues begins when they are opened: a label that is set later is no second reason.
    const own = entry.label
    if (label !== null) return own !== undefined && sameLabel(own, label)
    return own === undefined || labels.some((one) => sameLabel(one, own))
  })
  if (fitting)
    return {
      trigger: 'github_issue',
      issue: number,
      title: cut(title) || `Issue #${number}`,
      ...(fitting.label === undefined ? {} : { label: fitting.label }),
    } as const
  const asked = entries.flatMap((entry) => (entry.label === undefined ? [] : [`"${entry.label}"`]))
  const has = label === null ? `The issue has ${listed(labels)}` : `The label is "${label}"`
  return {
    none: `${has}; devpilot.yaml asks for ${asked.length > 0 ? asked.join(' or ') : 'none, at the opening'}.`,
  }
}

function listed(labels: readonly string[]): string {
  return labels.length > 0 ? labels.map((label) => `"${label}"`).join(', ') : 'no label'
}

function forWorkflow({ pipeline }: Config, { name, branch, sha, url }: WorkflowNews) {
  if (!pipeline.triggers.some((entry) => entry.on === 'ci_failure'))
    return { none: 'devpilot.yaml has no trigger `on: ci_failure`.' }
  return {
    trigger: 'ci_failure',
    title: cut(`Workflow "${name}" failed on ${branch}`),
    task: `Workflow: ${name}\nBranch: ${branch}\nCommit: ${sha}\nIts run: ${url}`,
    url,
  } as const
}

/** A title of a run is 300 characters at most. */
function cut(text: string): string {
  return [...text.trim()].slice(0, 200).join('')
}
