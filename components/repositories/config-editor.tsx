'use client'

import { useRouter } from 'next/navigation'
import { useEffect, useId, useRef, useState, useTransition } from 'react'
import { type ActionError, type ActionResult, settle } from '@/components/ui/action-result'
import { Button } from '@/components/ui/button'
import { Sha } from '@/components/ui/copy'
import { Field, inputClass } from '@/components/ui/field'
import { Problem, Section } from '@/components/ui/panel'
import { useAnswer } from '@/components/use-answer'
import { visible } from '@/lib/core/visible'
import type { BaseConfig, ConfigCheck } from '@/lib/services/repositories/config-view'
import { CodeArea } from './code-area'
import { ConfigChanges, ConfigVerdict } from './config-verdict'
import { TextDiff } from './text-diff'

interface ConfigEditorProps {
  readonly repository: string
  readonly base: BaseConfig
  readonly check: (input: { text: string; base: string | null }) => Promise<ActionResult<ConfigCheck>>
  readonly propose: (input: {
    repository: string
    text: string
    replaces: string | null
    why?: string
  }) => Promise<ActionResult<{ readonly id: string }>>
  /** Where the caret begins: the first line that this finds. */
  readonly startAt?: string
}

const PAUSE_MS = 300

interface ConfigDeskProps extends Omit<ConfigEditorProps, 'base'> {
  /** null where it cannot be read now. */
  readonly base: BaseConfig | null
  readonly problem: { readonly message: string; readonly mend?: string | undefined } | null
}

/** The editor with what it edits. That it cannot be read for once is said above it, and takes nothing away that was written. */
export function ConfigDesk({ base, problem, ...rest }: ConfigDeskProps) {
  const last = useRef(base)
  last.current = base ?? last.current
  const shown = last.current
  return (
    <>
      {problem && (
        <div className="mb-4">
          <Problem message={problem.message} mend={problem.mend} />
        </div>
      )}
      {shown && (
        <>
          <p className="mb-4 text-sm text-muted">
            {shown.text === null
              ? `There is none on ${visible(shown.branch)} yet; this is one to begin with. `
              : `As it is on ${visible(shown.branch)} at `}
            {shown.text !== null && <Sha value={shown.sha} />}
          </p>
          <ConfigEditor {...rest} base={shown} />
        </>
      )}
    </>
  )
}

/** devpilot.yaml as text: checked while it is written, with what it changes, and proposed through a run. */
function ConfigEditor({ repository, base: newest, check, propose, startAt }: ConfigEditorProps) {
  const id = useId()
  // The page is drawn anew while somebody writes: what they began with stays until they say otherwise.
  const [base, setBase] = useState(newest)
  const area = useRef<HTMLTextAreaElement>(null)
  const [text, setText] = useState(base.text ?? base.template ?? '')
  const { result, asking, again } = useAnswer({ text, base: base.text }, check, PAUSE_MS)
  const found = result?.ok ? result.value : null
  const error = result?.ok === false ? result.error : null
  const goTo = (line: number, column: number) => select(area.current, line, column)
  useEffect(() => {
    if (startAt === undefined) return
    const at = (area.current?.value ?? '').split('\n').findIndex((line) => line.trim().startsWith(startAt))
    if (at !== -1) select(area.current, at + 1, 1)
  }, [startAt])
  const changed = text !== (base.text ?? '')
  return (
    <div className="space-y-6">
      {newest.hash !== base.hash && (
        <Moved
          base={base}
          newest={newest}
          load={() => {
            setText(newest.text ?? newest.template ?? '')
            setBase(newest)
          }}
          keep={() => setBase(newest)}
        />
      )}
      <div className="grid gap-5 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        <CodeArea
          id={`${id}-text`}
          ref={area}
          label="devpilot.yaml"
          value={text}
          onChange={setText}
          problems={found?.problems ?? []}
          describedBy={`${id}-verdict`}
        />
        <div className="space-y-5">
          <ConfigVerdict
            id={`${id}-verdict`}
            check={found}
            error={error}
            checking={asking}
            goTo={goTo}
            again={again}
          />
          {found?.changes && changed && (
            <Section title="What it changes">
              <ConfigChanges changes={found.changes} />
            </Section>
          )}
        </div>
      </div>
      <Section title={`Against ${base.branch}`} aside={changed ? undefined : 'No difference'}>
        <TextDiff before={base.text ?? ''} after={text} label="What changes, line by line" />
      </Section>
      <Propose
        ready={changed && !asking && found?.valid === true}
        hint={hintOf(changed, found, error)}
        branch={base.branch}
        propose={(why) => propose({ repository, text, replaces: base.hash, ...(why === '' ? {} : { why }) })}
      />
    </div>
  )
}

interface MovedProps {
  readonly base: BaseConfig
  readonly newest: BaseConfig
  readonly load: () => void
  readonly keep: () => void
}

/** Said when the file changed on the base branch while it was edited, with both ways on. */
function Moved({ base, newest, load, keep }: MovedProps) {
  return (
    <div role="alert" className="space-y-3 rounded-lg border border-line-strong bg-surface px-4 py-3 text-sm">
      <p className="tone-amber font-medium">devpilot.yaml changed on {newest.branch} while you edited it:</p>
      <TextDiff before={base.text ?? ''} after={newest.text ?? ''} label="What changed meanwhile" />
      <div className="flex flex-wrap gap-2">
        <Button onClick={load}>Load the new text</Button>
        <Button onClick={keep}>Keep mine, and compare it with the new text</Button>
      </div>
    </div>
  )
}

function hintOf(changed: boolean, found: ConfigCheck | null, error: ActionError | null): string | null {
  if (!changed) return 'Change something first.'
  if (error) return 'It could not be checked.'
  if (found?.valid === false) return 'Mend the problems first.'
  return null
}

interface ProposeProps {
  readonly ready: boolean
  /** Why it is not; null where nothing is to be said. */
  readonly hint: string | null
  readonly branch: string
  readonly propose: (why: string) => Promise<ActionResult<{ readonly id: string }>>
}

function Propose({ ready, hint, branch, propose }: ProposeProps) {
  const router = useRouter()
  const id = useId()
  const [why, setWhy] = useState('')
  const [error, setError] = useState<ActionError | null>(null)
  const [pending, start] = useTransition()
  const submit = () =>
    start(async () => {
      setError(null)
      const result = await settle(() => propose(why.trim()))
      if (result.ok) return router.push(`/runs/${result.value.id}`)
      setError(result.error)
      if (result.error.code === 'conflict') router.refresh()
    })
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
      className="max-w-3xl space-y-3 rounded-lg border bg-surface px-4 py-4"
    >
      <p className="text-sm text-muted">
        Runs read their configuration from {branch} alone. A run writes this file on a branch and takes it
        through pull request, gate and merge, as any change; it asks no model and costs nothing.
      </p>
      <Field label="Why (optional)" htmlFor={id} hint="It becomes the title of the run and its pull request.">
        <input
          id={id}
          value={why}
          onChange={(event) => setWhy(event.target.value)}
          maxLength={300}
          placeholder="Change devpilot.yaml"
          className={inputClass}
        />
      </Field>
      {error && <Problem message={error.message} mend={error.mend} />}
      <div className="flex flex-wrap items-center gap-3">
        <Button type="submit" look="primary" disabled={!ready || pending}>
          {pending ? 'Proposing' : 'Propose the change'}
        </Button>
        {hint && <span className="text-sm text-muted">{hint}</span>}
      </div>
    </form>
  )
}

/** Puts the caret at a place of the text, in view. */
function select(area: HTMLTextAreaElement | null, line: number, column: number): void {
  if (!area) return
  const before = area.value.split('\n').slice(0, line - 1)
  const at = before.reduce((sum, one) => sum + one.length + 1, 0) + column - 1
  area.focus()
  area.setSelectionRange(at, at)
  const box = area.parentElement?.parentElement
  const lineHeight = area.scrollHeight / Math.max(1, area.value.split('\n').length)
  if (box) box.scrollTop = Math.max(0, (line - 6) * lineHeight)
}
