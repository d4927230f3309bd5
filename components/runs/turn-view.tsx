import { clsx } from 'clsx'
import { ChevronRight, CircleCheck, CircleDashed, CircleX, LoaderCircle } from 'lucide-react'
import type { ReactNode } from 'react'
import { duration, money, plural, tokens } from '@/components/format'
import { Sha } from '@/components/ui/copy'
import { Fact } from '@/components/ui/panel'
import { visible } from '@/lib/core/visible'
import type { CutText, TurnDetail } from '@/lib/services/views/turns'
import { CutTextView } from './cut-text'

interface TurnViewProps {
  readonly turn: TurnDetail
  /** Its tools are at work; else a call without a result never got one. */
  readonly working: boolean
  /** The whole of it, uncut. */
  readonly rawHref: string
  readonly actions?: ReactNode
}

/** One model call: the prompt as it was sent, the answer, what its tools were given and gave back, what it cost. */
export function TurnView({ turn, working, rawHref, actions }: TurnViewProps) {
  return (
    <div className="space-y-4">
      <TurnFacts turn={turn} />
      <Prompt turn={turn} rawHref={rawHref} />
      <Part title="Answered">
        {turn.content ? (
          turn.content.text.length < turn.content.length ? (
            <CutTextView text={turn.content} href={rawHref} />
          ) : (
            <div className="max-w-prose text-sm whitespace-pre-wrap">{visible(turn.content.text)}</div>
          )
        ) : (
          <p className="text-sm text-faint">No words, only tool calls.</p>
        )}
      </Part>
      {turn.calls.length > 0 && (
        <Part title={plural(turn.calls.length, 'tool call')}>
          <div className="space-y-2">
            {turn.calls.map((call) => (
              <ToolCallView key={call.id} call={call} working={working} rawHref={rawHref} />
            ))}
          </div>
        </Part>
      )}
      {actions && <div className="flex flex-wrap gap-2 print:hidden">{actions}</div>}
    </div>
  )
}

function TurnFacts({ turn }: { readonly turn: TurnDetail }) {
  const { usage } = turn
  const cached = usage.inputTokens === 0 ? 0 : usage.cachedInputTokens / usage.inputTokens
  return (
    <dl className="grid grid-cols-2 gap-x-6 gap-y-2 rounded-lg border bg-surface px-4 py-2.5 sm:grid-cols-4">
      <Fact label="Model">{visible(turn.model)}</Fact>
      <Fact label="Prompt">
        {visible(turn.prompt)} v{visible(turn.promptVersion)}{' '}
        <span className="num text-xs text-muted" title={turn.promptHash}>
          {turn.promptHash.slice(0, 7)}
        </span>
      </Fact>
      <Fact label="Latency">
        <span className="num">{duration(Date.parse(turn.endedAt) - Date.parse(turn.startedAt))}</span>
      </Fact>
      <Fact label="Cost">
        {turn.inheritedMicros === null ? (
          <span className="num">{money(turn.costMicros)}</span>
        ) : (
          <span title={`${money(turn.inheritedMicros)}, paid by the run that it comes from`}>inherited</span>
        )}
      </Fact>
      <Fact label="In">
        <span className="num">
          {usage.estimated && 'about '}
          {tokens(usage.inputTokens)}
        </span>
      </Fact>
      <Fact label="From the cache">
        <span className="num">
          {tokens(usage.cachedInputTokens)} ({Math.round(cached * 100)}%)
        </span>
      </Fact>
      <Fact label="Out">
        <span className="num">{tokens(usage.outputTokens)}</span>
      </Fact>
      <Fact label="Ended with">
        {visible(turn.finish.replaceAll('_', ' '))}
        {turn.headSha && (
          <>
            {', commit '}
            <Sha value={turn.headSha} />
          </>
        )}
      </Fact>
    </dl>
  )
}

/** What was sent, in its order. */
function Prompt({ turn, rawHref }: Pick<TurnViewProps, 'turn' | 'rawHref'>) {
  const { opening, request, shownBefore } = turn
  return (
    <Part title="Asked">
      <div className="space-y-2">
        {opening && (
          <>
            <Folded title="System prompt" text={opening.system} rawHref={rawHref} />
            <Folded
              title="Task"
              text={opening.task}
              rawHref={rawHref}
              open={request.length === 0 && shownBefore === 0}
            />
            <details className="group rounded-md border">
              <Summary title={plural(opening.tools.length, 'tool')}>
                {opening.tools.map((tool) => visible(tool.name)).join(' ')}
              </Summary>
              <ul className="space-y-1 px-3 pb-3 text-sm">
                {opening.tools.map((tool) => (
                  <li key={tool.name}>
                    <span className="code font-medium">{visible(tool.name)}</span>{' '}
                    <span className="text-muted">{visible(tool.description)}</span>
                  </li>
                ))}
              </ul>
            </details>
          </>
        )}
        {shownBefore > 0 && (
          <p className="rounded-md border border-dashed px-3 py-1.5 text-sm text-muted">
            {plural(shownBefore, 'turn')} before this one, with what the tools gave back
          </p>
        )}
        {request.length > 0 ? (
          <CutTextView text={request} href={rawHref} className="max-h-72" />
        ) : (
          <p className="text-sm text-faint">Nothing beyond that.</p>
        )}
        {opening && (
          <p className="text-xs text-faint">
            temperature {opening.temperature}, at most {tokens(opening.maxTokens)} tokens out
          </p>
        )}
      </div>
    </Part>
  )
}

interface FoldedProps {
  readonly title: string
  readonly text: CutText
  readonly rawHref: string
  readonly open?: boolean
}

function Folded({ title, text, rawHref, open = false }: FoldedProps) {
  return (
    <details className="group rounded-md border" open={open}>
      <Summary title={title}>{`${text.length.toLocaleString('en')} characters`}</Summary>
      <div className="px-3 pb-3">
        <CutTextView text={text} href={rawHref} />
      </div>
    </details>
  )
}

function Summary({ title, children }: { readonly title: string; readonly children: string }) {
  return (
    <summary className="flex items-center gap-2 px-3 py-1.5 text-sm hover:bg-raised">
      <ChevronRight
        aria-hidden
        className="size-3.5 shrink-0 text-faint transition-transform group-open:rotate-90"
      />
      <span className="shrink-0 font-medium">{title}</span>
      <span className="min-w-0 truncate text-xs text-muted">{children}</span>
    </summary>
  )
}

function Part({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <div>
      <p className="mb-1 text-xs text-muted">{title}</p>
      {children}
    </div>
  )
}

interface ToolCallViewProps {
  readonly call: TurnDetail['calls'][number]
  readonly working: boolean
  readonly rawHref: string
}

function ToolCallView({ call, working, rawHref }: ToolCallViewProps) {
  const { result } = call
  const { Icon, tone, word } = toolLook(result, working)
  return (
    <details className="group rounded-md border" open={result?.isError ?? false}>
      <summary className="flex items-center gap-2 px-3 py-1.5 text-sm hover:bg-raised">
        <ChevronRight
          aria-hidden
          className="size-3.5 shrink-0 text-faint transition-transform group-open:rotate-90"
        />
        <span className="code shrink-0 font-medium">{visible(call.name)}</span>
        <span className="code min-w-0 truncate text-faint">{visible(brief(call.arguments.text))}</span>
        <span className={clsx('ml-auto flex shrink-0 items-center gap-1 text-xs', tone)}>
          {result && <span className="num text-faint">{duration(result.durationMs)}</span>}
          <Icon aria-hidden className={clsx('size-3.5', !result && working && 'spin')} />
          {word}
        </span>
      </summary>
      <div className="space-y-2 px-3 pt-1 pb-3">
        <Part title="Given">
          <CutTextView text={readable(call.arguments)} href={rawHref} className="max-h-64" />
        </Part>
        {result && (
          <Part title="Gave back">
            <CutTextView text={result.content} href={rawHref} output />
          </Part>
        )}
      </div>
    </details>
  )
}

function toolLook(result: TurnDetail['calls'][number]['result'], working: boolean) {
  if (!result && working) return { Icon: LoaderCircle, tone: 'text-blue', word: 'running' }
  if (!result) return { Icon: CircleDashed, tone: 'text-muted', word: 'no answer on record' }
  if (result.isError) return { Icon: CircleX, tone: 'text-red', word: 'refused' }
  return { Icon: CircleCheck, tone: 'text-green', word: 'ok' }
}

/** Arguments as one line: the values of an object, else the raw text, which may be malformed. */
function brief(text: string): string {
  const parsed = parse(text)
  if (typeof parsed !== 'object' || parsed === null) return text.slice(0, 200)
  const values = Object.values(parsed).filter(
    (value) => typeof value === 'string' || typeof value === 'number',
  )
  return values.map(String).join('  ').replaceAll('\n', ' ').slice(0, 200)
}

/** A text that was cut does not parse, and is shown as it is. */
function readable(text: CutText): CutText {
  if (text.text.length < text.length) return text
  const shown = pretty(text.text)
  return { text: shown, length: shown.length }
}

/** Arguments for reading: JSON indented, and line breaks within strings as line breaks. */
function pretty(text: string): string {
  const parsed = parse(text)
  if (typeof parsed !== 'object' || parsed === null) return text
  return Object.entries(parsed)
    .map(([name, value]) => {
      const shown = typeof value === 'string' ? value : JSON.stringify(value, null, 2)
      return shown.includes('\n') ? `${name}:\n${shown.replace(/^/gm, '  ')}` : `${name}: ${shown}`
    })
    .join('\n')
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
