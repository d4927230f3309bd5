'use client'

import { ShieldCheck, ShieldX } from 'lucide-react'
import { useState, useTransition } from 'react'
import { plural } from '@/components/format'
import { href, isId } from '@/components/params'
import { type ActionResult, settle } from '@/components/ui/action-result'
import { Button } from '@/components/ui/button'
import { Link } from '@/components/ui/link'
import { Problem } from '@/components/ui/panel'
import type { AuditReport } from '@/lib/services/audit/verify'

type VerifyAction = (input: { run?: string }) => Promise<ActionResult<AuditReport>>

interface VerifyButtonProps {
  readonly run: string | null
  readonly verify: VerifyAction
}

/** Verifies the log and says what was found. */
export function VerifyButton({ run, verify }: VerifyButtonProps) {
  const [result, setResult] = useState<ActionResult<AuditReport> | null>(null)
  const [pending, start] = useTransition()
  const go = () => start(async () => setResult(await settle(() => verify(run ? { run } : {}))))
  return (
    <div className="flex flex-wrap items-center gap-y-2">
      <Button onClick={go} disabled={pending}>
        {pending ? 'Verifying' : run ? 'Verify this run' : 'Verify the log'}
      </Button>
      <div role="status" className="text-sm not-empty:ml-3">
        {result && <Found result={result} />}
      </div>
    </div>
  )
}

/** What was found; exported for tests. */
export function Found({ result }: { readonly result: ActionResult<AuditReport> }) {
  if (!result.ok) return <Problem message={result.error.message} mend={result.error.mend} />
  const { ok, chains, entries, broken } = result.value
  const counted = `${plural(entries, 'entry', 'entries')} in ${plural(chains, 'chain')}`
  if (ok) {
    return (
      <span className="tone-green inline-flex items-center gap-1.5 font-medium">
        <ShieldCheck aria-hidden className="size-4" />
        Whole: {counted}, every hash fits.
      </span>
    )
  }
  return broken && <Broken {...broken} />
}

function Broken({ chain, seq, what }: NonNullable<AuditReport['broken']>) {
  const ofRun = isId(chain)
  return (
    <div>
      <p className="tone-red inline-flex items-center gap-1.5 font-medium">
        <ShieldX aria-hidden className="size-4 shrink-0" />
        Broken at entry {seq} of {chain}: {what}
      </p>
      <p className="text-muted">
        Compare it with an earlier export or a backup of the database; from there on the{' '}
        {ofRun ? 'record of this run' : 'log of the installation'} proves nothing.{' '}
        <Link
          href={href('/audit', ofRun ? { run: chain } : {})}
          className="text-accent underline underline-offset-2"
        >
          Look at its entries
        </Link>
      </p>
    </div>
  )
}
