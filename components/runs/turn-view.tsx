import { clsx } from 'clsx'
import { ChevronRight, CircleCheck, CircleX, LoaderCircle } from 'lucide-react'
import type { ReactNode } from 'react'
import { duration, tokens } from '@/components/format'
import { Sha } from '@/components/ui/copy'
import { Pre } from '@/components/ui/panel'
import type { ToolCall, ToolResult } from '@/lib/core/turn'
import { visible, visibleOutput } from '@/lib/core/visible'
import type { TurnView as Turn } from '@/lib/services/views'

/** One model call: what it was asked, what it answered, what its tools were given and gave back. */
export function TurnView({ turn, actions }: { readonly turn: Turn; readonly actions?: ReactNode }) {
  return (
    <div className="space-y-3 border-t px-3 py-3">
      <p className="flex flex-wrap gap-x-4 gap-y-1 text-xs text-muted">
        <span>
          prompt {visible(turn.prompt)} v{visible(turn.promptVersion)}{' '}
          <span className="num" title={turn.promptHash}>
            {turn.promptHash.slice(0, 7)}
          </span>
        </span>
        <span>finish: {visible(turn.finish)}</span>
        <span>
          {turn.usage.estimated && 'about '}
          {tokens(turn.usage.inputTokens)} in ({tokens(turn.usage.cachedInputTokens)} cached),{' '}
          {tokens(turn.usage.outputTokens)} out
        </span>
        {turn.headSha && (
          <span>
            commit <Sha value={turn.headSha} />
          </span>
        )}
      </p>
      <Part title="Asked">
        <Pre text={visible(turn.request)} className="max-h-64" />
      </Part>
      <Part title="Answered">
        {turn.content ? (
          <div className="max-w-prose text-sm whitespace-pre-wrap">{visible(turn.content)}</div>
        ) : (
          <p className="text-sm text-faint">No words, only tool calls.</p>
        )}
      </Part>
      {turn.toolCalls.map((call) => (
        <ToolCallView
          key={call.id}
          call={call}
          result={turn.toolResults?.find((r) => r.toolCallId === call.id)}
        />
      ))}
      {actions && <div className="flex flex-wrap gap-2">{actions}</div>}
    </div>
  )
}

function Part({ title, children }: { readonly title: string; readonly children: React.ReactNode }) {
  return (
    <div>
      <p className="mb-1 text-xs text-faint">{title}</p>
      {children}
    </div>
  )
}

interface ToolCallViewProps {
  readonly call: ToolCall
  readonly result: ToolResult | undefined
}

function ToolCallView({ call, result }: ToolCallViewProps) {
  const { Icon, tone, word } = toolLook(result)
  return (
    <details className="group rounded-md border" open={result?.isError ?? false}>
      <summary className="flex items-center gap-2 px-3 py-1.5 text-sm hover:bg-raised">
        <ChevronRight
          aria-hidden
          className="size-3.5 shrink-0 text-faint transition-transform group-open:rotate-90"
        />
        <span className="code shrink-0 font-medium">{visible(call.name)}</span>
        <span className="code min-w-0 truncate text-faint">{visible(brief(call.arguments))}</span>
        <span className={clsx('ml-auto flex shrink-0 items-center gap-1 text-xs', tone)}>
          {result && <span className="num text-faint">{duration(result.durationMs)}</span>}
          <Icon aria-hidden className={clsx('size-3.5', !result && 'spin')} />
          {word}
        </span>
      </summary>
      <div className="space-y-2 px-3 pt-1 pb-3">
        <Part title="Given">
          <Pre text={visible(pretty(call.arguments))} className="max-h-64" />
        </Part>
        {result && (
          <Part title="Gave back">
            <Pre text={visibleOutput(result.content)} />
          </Part>
        )}
      </div>
    </details>
  )
}

function toolLook(result: ToolResult | undefined) {
  if (!result) return { Icon: LoaderCircle, tone: 'text-blue', word: 'running' }
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
