'use client'

import { useId } from 'react'
import { Field, inputClass, selectClass } from '@/components/ui/field'
import { FieldProblem } from './field-problem'
import type { ProviderView, RecordingView, StartOptions } from './types'

/** Who answers: as the configuration says, a provider, or a recording. */
export interface ModelChoice {
  readonly provider: ProviderView['provider'] | ''
  readonly model: string
  readonly recording: string
}

interface ModelFieldsProps {
  readonly options: StartOptions
  readonly providers: readonly ProviderView[]
  readonly recordings: readonly RecordingView[]
  readonly choice: ModelChoice
  readonly setChoice: (choice: ModelChoice) => void
}

export function ModelFields({ options, providers, recordings, choice, setChoice }: ModelFieldsProps) {
  const id = useId()
  const replayed = choice.provider === 'recorded'
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <Field label="Provider" htmlFor={`${id}-provider`}>
        <select
          id={`${id}-provider`}
          value={choice.provider}
          onChange={(event) => setChoice(chosen(choice, event.target.value, providers, recordings))}
          aria-describedby={`${id}-provider-problem`}
          className={selectClass}
        >
          <option value="">As the configuration says</option>
          {providers.map(({ provider, ready, missing }) => (
            <option key={provider} value={provider} disabled={!ready}>
              {provider}
              {ready ? '' : ` (${missing} is not set)`}
            </option>
          ))}
          {recordings.length > 0 && <option value="recorded">a recorded run (no key needed)</option>}
        </select>
        <FieldProblem id={`${id}-provider-problem`} message={problemOf(choice, options)} />
      </Field>
      {replayed ? (
        <Field
          label="Recording"
          htmlFor={`${id}-recording`}
          hint="Its answers are replayed, in their order: they fit the repository and the task that they were recorded with."
        >
          <select
            id={`${id}-recording`}
            value={choice.recording}
            onChange={(event) => setChoice({ ...choice, recording: event.target.value })}
            className={selectClass}
          >
            {recordings.map(({ path, name }) => (
              <option key={path} value={path}>
                {name}
              </option>
            ))}
          </select>
        </Field>
      ) : (
        <Field label="Model" htmlFor={`${id}-model`} hint="Empty: as the configuration says, agent by agent.">
          <input
            id={`${id}-model`}
            value={choice.model}
            onChange={(event) => setChoice({ ...choice, model: event.target.value })}
            maxLength={200}
            autoComplete="off"
            spellCheck={false}
            placeholder={options.model ?? ''}
            className={inputClass}
          />
        </Field>
      )}
    </div>
  )
}

function chosen(
  choice: ModelChoice,
  value: string,
  providers: readonly ProviderView[],
  recordings: readonly RecordingView[],
): ModelChoice {
  if (value === 'recorded') {
    return { ...choice, provider: 'recorded', recording: choice.recording || (recordings[0]?.path ?? '') }
  }
  return { ...choice, provider: providers.find(({ provider }) => provider === value)?.provider ?? '' }
}

/** Why a run as it stands here could ask nobody; null: it can. */
export function problemOf(choice: ModelChoice, { flow, modelProblem }: StartOptions): string | null {
  return flow.asksModel && choice.provider === '' ? modelProblem : null
}
