'use client'

import { usePathname } from 'next/navigation'
import { isId } from '@/components/params'
import { visible } from '@/lib/core/visible'

/** Why there is no run: an address that is not whole cannot have been one's; of another nobody knows whether it was. */
export function NoRunWords() {
  const id = decoded(usePathname().split('/')[2] ?? '')
  if (isId(id)) {
    return (
      <>
        <h1 className="text-lg font-semibold">There is no such run</h1>
        <p className="max-w-prose text-muted">
          No run has this id. It may have been deleted, with all that was on record of it: the audit log says
          so if it was.
        </p>
      </>
    )
  }
  return (
    <>
      <h1 className="text-lg font-semibold">This address is not whole</h1>
      <p className="max-w-prose text-muted">
        <code className="code break-all">{visible(id.slice(0, 80))}</code> is no run’s id, which has 36
        letters and digits: perhaps a part was lost when it was copied.
      </p>
    </>
  )
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch (error) {
    if (error instanceof URIError) return text
    throw error
  }
}
