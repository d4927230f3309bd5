'use client'

import { clsx } from 'clsx'
import { ChevronsUpDown, FolderGit2, Plus } from 'lucide-react'
import { usePathname, useRouter, useSearchParams } from 'next/navigation'
import { Suspense } from 'react'
import { Menu, MenuChoice, MenuItem, MenuLine } from '@/components/ui/menu'
import { visible } from '@/lib/core/visible'
import { useReader } from './console'
import type { RepositoryChoice } from './console-types'
import { repositoryHref } from './nav'

interface RepositorySwitchProps {
  readonly repositories: readonly RepositoryChoice[]
  readonly narrow: boolean
}

const all = 'all'

/** Whose runs, gates and figures are shown. It is kept in the URL and nowhere else: a link shows the same to all. */
export function RepositorySwitch(props: RepositorySwitchProps) {
  return (
    <Suspense fallback={<div className="h-9" />}>
      <Switch {...props} />
    </Suspense>
  )
}

function Switch({ repositories, narrow }: RepositorySwitchProps) {
  const router = useRouter()
  const { maySteer } = useReader()
  const path = usePathname()
  const wanted = useSearchParams().get('repository') ?? /^\/repositories\/([^/]+)/.exec(path)?.[1]
  const chosen = repositories.find((one) => [one.id, one.name].includes(wanted ?? ''))
  const name = chosen ? visible(chosen.name) : 'All repositories'
  return (
    <Menu
      side={narrow ? 'right' : 'top'}
      align={narrow ? 'end' : 'start'}
      trigger={
        <button
          type="button"
          aria-label={`Repository: ${name}`}
          title={narrow ? name : undefined}
          className={clsx(
            'flex h-9 w-full items-center gap-3 rounded-md px-2.5 text-sm text-muted hover:bg-raised hover:text-ink data-[state=open]:bg-raised',
            chosen && 'text-ink',
            narrow && 'justify-center',
          )}
        >
          <FolderGit2 aria-hidden className="size-4 shrink-0" />
          {!narrow && (
            <>
              <span className="min-w-0 flex-1 truncate text-left">{name}</span>
              <ChevronsUpDown aria-hidden className="size-3.5 shrink-0 text-faint" />
            </>
          )}
        </button>
      }
    >
      <MenuChoice
        label="Show"
        value={chosen?.id ?? all}
        options={[
          { value: all, label: 'All repositories' },
          ...repositories.map((repository) => ({ value: repository.id, label: visible(repository.name) })),
        ]}
        onChange={(id) => router.push(repositoryHref(path, id === all ? null : id))}
      />
      <MenuLine />
      <MenuItem
        icon={FolderGit2}
        onSelect={() => router.push(chosen ? `/repositories/${chosen.id}` : '/repositories')}
      >
        {chosen ? 'Open this repository' : 'See all repositories'}
      </MenuItem>
      {maySteer && (
        <MenuItem icon={Plus} onSelect={() => router.push('/repositories/new')}>
          Add a repository
        </MenuItem>
      )}
    </Menu>
  )
}
