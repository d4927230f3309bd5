import { clsx } from 'clsx'
import { Search } from 'lucide-react'
import Form from 'next/form'
import { href } from '@/components/params'
import { Button } from '@/components/ui/button'
import { Choice, type Option } from '@/components/ui/choice'
import { inputClass } from '@/components/ui/field'
import { Link } from '@/components/ui/link'
import { ShowCurrent } from '@/components/ui/show-current'
import { kindLabels, type LearningValues, type StatusTab, statusTabs } from './query'

interface LearningFiltersProps {
  readonly values: LearningValues
  readonly repositories: readonly Option[]
}

/** Which list, and the filters in it. They are the URL. */
export function LearningFilters({ values, repositories }: LearningFiltersProps) {
  return (
    <div className="mb-4 space-y-3">
      <nav aria-label="Lists of learnings" className="flex gap-1 overflow-x-auto border-b">
        {Object.entries(statusTabs).map(([status, { label }]) => (
          <Link
            key={status}
            href={href('/learnings', { ...values, status: status as StatusTab })}
            aria-current={status === values.status ? 'page' : undefined}
            className={clsx(
              'border-b-2 px-3 py-2 text-sm whitespace-nowrap',
              status === values.status
                ? 'border-accent font-medium text-ink'
                : 'border-transparent text-muted hover:text-ink',
            )}
          >
            {label}
          </Link>
        ))}
      </nav>
      <ShowCurrent current={values.status} />
      <Form prefetch={false} action="/learnings" className="grid grid-cols-2 gap-2 lg:flex">
        <input type="hidden" name="status" value={values.status} />
        <label className="relative col-span-2 lg:w-72">
          <span className="sr-only">Words</span>
          <Search aria-hidden className="absolute top-2 left-2.5 size-4 text-faint" />
          <input
            type="search"
            name="q"
            key={values.q}
            defaultValue={values.q}
            placeholder="Words in it"
            className={`${inputClass} pl-8`}
          />
        </label>
        <Choice
          name="kind"
          label="Kind"
          value={values.kind}
          options={Object.entries(kindLabels).map(([id, name]) => ({ id, name }))}
          className="lg:w-44"
        />
        <Choice
          name="repository"
          label="Repository"
          value={values.repository}
          options={repositories}
          className="lg:w-44"
        />
        <Button type="submit" className="col-span-2">
          Filter
        </Button>
      </Form>
    </div>
  )
}
