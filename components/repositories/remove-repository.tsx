'use client'

import { useRouter } from 'next/navigation'
import { useState, useTransition } from 'react'
import { type ActionError, type ActionResult, settle } from '@/components/ui/action-result'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { Problem } from '@/components/ui/panel'

interface RemoveRepositoryProps {
  readonly repository: string
  readonly name: string
  readonly remove: (input: { repository: string }) => Promise<ActionResult<unknown>>
}

/** Takes a repository off the lists, once it was said what that means. */
export function RemoveRepository({ repository, name, remove }: RemoveRepositoryProps) {
  const router = useRouter()
  const [open, setOpen] = useState(false)
  const [error, setError] = useState<ActionError | null>(null)
  const [pending, start] = useTransition()
  const submit = () =>
    start(async () => {
      const result = await settle(() => remove({ repository }))
      if (!result.ok) return setError(result.error)
      setOpen(false)
      router.push('/repositories')
    })
  return (
    <>
      <Button look="danger" onClick={() => setOpen(true)}>
        Remove
      </Button>
      <Dialog open={open} onClose={() => setOpen(false)} title={`Remove ${name}?`}>
        <div className="space-y-4 px-5 pt-3 pb-5 text-sm">
          <ul className="list-disc space-y-1 pl-5 text-muted">
            <li>It leaves the lists, and its schedules end.</li>
            <li>Its runs, changes, costs and audit entries stay on record.</li>
            <li>Nothing is done to the repository itself, nor to its branches and pull requests.</li>
            <li>Adding it again brings it back with its runs.</li>
          </ul>
          {error && <Problem message={error.message} mend={error.mend} />}
          <div className="flex justify-end gap-2">
            <Button onClick={() => setOpen(false)}>Keep it</Button>
            <Button look="danger" onClick={submit} disabled={pending}>
              {pending ? 'Removing' : `Remove ${name}`}
            </Button>
          </div>
        </div>
      </Dialog>
    </>
  )
}
