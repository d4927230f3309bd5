import { OnOff, Variables } from '@/components/settings/variables'
import { Command } from '@/components/ui/copy'
import { Fact } from '@/components/ui/panel'

interface WebhookSetupProps {
  readonly on: boolean
  /** Where GitHub is to send them. */
  readonly url: string
  /** Whether that address leads here from elsewhere. */
  readonly reachable: boolean
}

/** What is to be entered at GitHub, and whether it is set up here. */
export function WebhookSetup({ on, url, reachable }: WebhookSetupProps) {
  return (
    <div className="space-y-3 rounded-lg border bg-surface px-3 py-3 text-sm">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <span className="font-medium">GitHub</span>
        <OnOff on={on} />
        <Variables variables={[{ name: 'GITHUB_WEBHOOK_SECRET', set: on }]} />
      </div>
      {!on && (
        <p className="max-w-prose text-muted">
          Set <code className="code">GITHUB_WEBHOOK_SECRET</code> to a long random text for the server, and
          enter the same as the secret at GitHub. Until then every webhook is refused.
        </p>
      )}
      <p className="max-w-prose text-muted">
        In the repository at GitHub: Settings, Webhooks, Add webhook, with these. What an event starts is said
        by <code className="code">pipeline.triggers</code> in <code className="code">devpilot.yaml</code> of
        the base branch: <code className="code">on: github_issue</code> and{' '}
        <code className="code">on: ci_failure</code>.
      </p>
      <dl className="grid gap-x-6 gap-y-3 sm:grid-cols-2">
        <Fact label="Payload URL" wide>
          <Command text={url} />
        </Fact>
        <Fact label="Content type">application/json</Fact>
        <Fact label="Events">Issues, Workflow runs</Fact>
      </dl>
      {!reachable && (
        <p className="max-w-prose text-muted">
          GitHub cannot reach this address. Set <code className="code">DEVPILOT_URL</code> to the one under
          which this installation is reached from outside.
        </p>
      )}
    </div>
  )
}
