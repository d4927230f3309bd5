import { Check } from 'lucide-react'
import { CliCommand } from '@/components/shell/cli-command'
import { buttonClass } from '@/components/ui/button'
import { Command } from '@/components/ui/copy'
import { Link } from '@/components/ui/link'
import { quoted } from '@/lib/core/quoted'
import { visible } from '@/lib/core/visible'
import type { Unstarted } from '@/lib/services/runs/unstarted'

interface FirstStepsProps {
  /** The newest that is here already. */
  readonly repository: Unstarted | null
  readonly maySteer: boolean
}

/** What a new installation shows: three steps, each with its command, and its page where there is one. */
export function FirstSteps({ repository, maySteer }: FirstStepsProps) {
  const path = repository ? quoted(visible(repository.source)) : '/path/to/your/project'
  const steps = [
    {
      title: 'Watch it work',
      text: 'A small library with a real bug goes through the whole flow and stops at a gate for you, on a dashboard of its own: nothing of it comes here. No key is needed.',
      command: <Command text="npm run demo" />,
    },
    {
      title: 'Bring your repository',
      done: repository !== null,
      text: repository
        ? `${visible(repository.name)} is here.`
        : 'Finds its language and commands, and writes a devpilot.yaml that you can read and change.',
      command: repository ? null : <CliCommand>{`init --repo ${path}`}</CliCommand>,
      page: { href: '/repositories/new', label: repository ? 'Add another one' : 'Add a repository' },
    },
    {
      title: 'Give it a task',
      text: 'With a model’s key in the environment. It plans, changes, reviews and tests, then asks you.',
      command: <CliCommand>{`run --repo ${path} --task "What is wrong, in a sentence"`}</CliCommand>,
      page: { href: '/runs/new', label: 'Start a run' },
    },
  ]
  return (
    <ol className="grid gap-3 lg:grid-cols-3">
      {steps.map(({ title, text, command, page, done }, index) => (
        <li key={title} className="rounded-lg border bg-surface px-4 py-4">
          <p className="num flex items-center gap-1 text-xs text-faint">
            {index + 1}
            {done && <Check aria-label="done" className="size-3.5 text-green" />}
          </p>
          <h2 className="mt-1 text-md font-semibold">{title}</h2>
          <p className="mt-1 mb-3 text-sm text-muted">{text}</p>
          {command}
          {page && maySteer && (
            <Link href={page.href} className={buttonClass('plain', 'mt-3')}>
              {page.label}
            </Link>
          )}
        </li>
      ))}
    </ol>
  )
}
