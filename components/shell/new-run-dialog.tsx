'use client'

import { useRouter } from 'next/navigation'
import { useEffect } from 'react'
import type { NewRunAction } from './console-types'

interface NewRunDialogProps {
  readonly open: boolean
  readonly onClose: () => void
  /** Of the console; the page has an action of its own. */
  readonly startRun: NewRunAction
}

/** A run is started on a page of its own, with what it will cost; the key and the button lead there. */
export function NewRunDialog({ open, onClose }: NewRunDialogProps) {
  const router = useRouter()
  useEffect(() => {
    if (!open) return
    onClose()
    router.push('/runs/new')
  }, [open, onClose, router])
  return null
}
