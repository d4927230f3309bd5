import { ChevronRight } from 'lucide-react'
import type { ReactNode } from 'react'
import { tokens } from '@/components/format'
import { Fact, Pre, Problem, Section } from '@/components/ui/panel'
import { visible } from '@/lib/core/visible'
import type { AgentSheet } from '@/lib/services/agents/view'

/** What an agent works with: model, limits, prompt, tools, what it hands in. */
export function AgentSheetView({ sheet }: { readonly sheet: AgentSheet }) {
  const { model, limits, prompt, tools } = sheet
  return (
    <div className="space-y-7">
      <Section title="Works with">
        {model.problem && (
          <div className="mb-3">
            <Problem message={model.problem} />
          </div>
        )}
        <dl className="grid grid-cols-2 gap-x-6 gap-y-4 rounded-lg border bg-surface px-4 py-3 md:grid-cols-4">
          <Fact label="Model">
            <span className="num">{model.name ? visible(model.name) : '–'}</span>
            <span className="block text-xs text-muted">{model.provider ?? 'no provider'}</span>
          </Fact>
          <Fact label="Where it cannot be had">
            {model.fallback ? (
              <span className="num">{visible(model.fallback)}</span>
            ) : (
              'the run waits and tries again'
            )}
          </Fact>
          <Fact label="Price of a million tokens">
            {model.price ? (
              <span className="num">
                ${model.price.input} in, ${model.price.output} out
              </span>
            ) : (
              'not known'
            )}
          </Fact>
          <Fact label="Limits of one step">
            <span className="num">
              {limits.turns} turns, {limits.minutes} min, {tokens(limits.tokens)} tokens
            </span>
          </Fact>
        </dl>
      </Section>
      <Section
        title="Prompt"
        aside={
          <span className="num">
            version {visible(prompt.version)} · {prompt.hash}
          </span>
        }
      >
        {prompt.problem && (
          <div className="mb-3">
            <Problem
              message={`The repository’s own prompt cannot be used: ${prompt.problem}`}
              mend="Mend it there: until then no run of it can begin."
            />
          </div>
        )}
        <p className="mb-2 text-sm text-muted">
          From <code className="code">{prompt.path}</code>
          {prompt.own
            ? ' of the base branch.'
            : '; a repository’s own in .devpilot/prompts/ takes its place.'}
        </p>
        <div className="space-y-2">
          {prompt.sections.map(({ title, text }) => (
            <Fold key={title} title={visible(title)} open={title === 'system'}>
              <Pre text={visible(text)} />
            </Fold>
          ))}
        </div>
      </Section>
      <Section title="Tools">
        <dl className="divide-y rounded-lg border bg-surface text-sm">
          {tools.map(({ name, about }) => (
            <div key={name} className="grid gap-x-4 px-3 py-2 sm:grid-cols-[9rem_minmax(0,1fr)]">
              <dt>
                <code className="code font-semibold">{name}</code>
              </dt>
              <dd className="text-muted">{withCode(about)}</dd>
            </div>
          ))}
        </dl>
      </Section>
      <Section title="What it hands in">
        <Fold title="JSON Schema of finish">
          <Pre text={sheet.output} />
        </Fold>
      </Section>
    </div>
  )
}

interface FoldProps {
  readonly title: string
  readonly open?: boolean
  readonly children: ReactNode
}

/** A long text behind its name. */
function Fold({ title, open = false, children }: FoldProps) {
  return (
    <details className="group rounded-lg border bg-surface" open={open}>
      <summary className="flex items-center gap-2 px-3 py-2 text-sm font-medium hover:bg-raised">
        <ChevronRight
          aria-hidden
          className="size-4 shrink-0 text-faint transition-transform group-open:rotate-90"
        />
        {title}
      </summary>
      <div className="px-3 pb-3">{children}</div>
    </details>
  )
}

/** What stands between backticks, as code. */
function withCode(text: string): ReactNode {
  return text.split('`').map((part, index) =>
    index % 2 === 0 ? (
      part
    ) : (
      // biome-ignore lint/suspicious/noArrayIndexKey: a fixed text
      <code key={index} className="code text-ink">
        {part}
      </code>
    ),
  )
}
