import { CliCommand } from '@/components/shell/cli-command'
import { Command } from '@/components/ui/copy'

const steps = [
  {
    title: 'Watch it work',
    text: 'A small library with a real bug goes through the whole flow and stops at a gate for you. No key is needed.',
    command: <Command text="npm run demo" />,
  },
  {
    title: 'Bring your repository',
    text: 'Finds its language and commands, and writes a devpilot.yaml that you can read and change.',
    command: <CliCommand>init --repo /path/to/your/project</CliCommand>,
  },
  {
    title: 'Give it a task',
    text: 'With a model’s key in the environment. It plans, changes, reviews and tests, then asks you.',
    command: <CliCommand>run --repo /path/to/your/project --task "What is wrong, in a sentence"</CliCommand>,
  },
]

/** What a new installation shows: three steps, each with its command. */
export function FirstSteps() {
  return (
    <ol className="grid gap-3 lg:grid-cols-3">
      {steps.map((step, index) => (
        <li key={step.title} className="rounded-lg border bg-surface px-4 py-4">
          <p className="num text-xs text-faint">{index + 1}</p>
          <h2 className="mt-1 text-md font-semibold">{step.title}</h2>
          <p className="mt-1 mb-3 text-sm text-muted">{step.text}</p>
          {step.command}
        </li>
      ))}
    </ol>
  )
}
