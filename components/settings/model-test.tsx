'use client'

import { type FormEvent, useId } from 'react'
import { money } from '@/components/format'
import type { ActionResult } from '@/components/ui/action-result'
import { Button } from '@/components/ui/button'
import { inputClass } from '@/components/ui/field'
import { Problem } from '@/components/ui/panel'
import type { ProviderName } from '@/lib/core/names'
import { visible } from '@/lib/core/visible'
import type { ModelAnswer } from '@/lib/services/settings/test-model'
import { fieldOf } from './profile-forms'
import { useAction } from './use-action'

interface ModelTestProps {
  readonly provider: ProviderName
  readonly model: string | null
  readonly test: (input: { provider: ProviderName; model?: string }) => Promise<ActionResult<ModelAnswer>>
}

/** Asks a model for one word, and shows what it said or why it did not. */
export function ModelTest({ provider, model, test }: ModelTestProps) {
  const id = useId()
  const { run, pending, error, value } = useAction(test)
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const name = fieldOf(event.currentTarget, 'model').trim()
    run({ provider, ...(name === '' ? {} : { model: name }) })
  }
  return (
    <div className="space-y-2">
      <form onSubmit={submit} className="flex flex-wrap items-center gap-2">
        <label htmlFor={id} className="sr-only">
          Model of {provider}
        </label>
        <input
          id={id}
          name="model"
          maxLength={200}
          required={model === null}
          defaultValue={model ?? ''}
          placeholder="name of a model"
          className={`${inputClass} max-w-72 font-mono`}
        />
        <Button type="submit" disabled={pending}>
          {pending ? 'Asking' : 'Test call'}
        </Button>
      </form>
      <div role="status" className="text-sm">
        {value && (
          <p>
            <span className="tone-green font-medium">Answered</span> “{visible(value.text)}” in{' '}
            <span className="num">{value.ms} ms</span>, {value.inputTokens + value.outputTokens} tokens
            {value.costMicros === null ? '' : `, ${money(value.costMicros)}`} ({visible(value.model)})
          </p>
        )}
      </div>
      {error && <Problem message={visible(error.message)} mend={error.mend} />}
    </div>
  )
}
