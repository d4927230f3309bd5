import { CliCommand } from '@/components/shell/cli-command'
import { Section } from '@/components/ui/panel'
import { quoted } from '@/lib/core/quoted'
import { visible } from '@/lib/core/visible'
import type { Unstarted } from '@/lib/services/runs/unstarted'

/** Repositories that are here and in which nothing has run yet, each with the command that begins. */
export function FirstRun({ repositories }: { readonly repositories: readonly Unstarted[] }) {
  if (repositories.length === 0) return null
  return (
    <Section title="Waiting for a first task">
      <ul className="divide-y rounded-lg border bg-surface">
        {repositories.map(({ name, source }) => (
          <li
            key={source}
            className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 px-3 py-2 text-sm"
          >
            <span className="font-medium">{visible(name)}</span>
            <CliCommand>{`run --repo ${quoted(visible(source))} --task "What is wrong, in a sentence"`}</CliCommand>
          </li>
        ))}
      </ul>
    </Section>
  )
}
