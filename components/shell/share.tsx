'use client'

import { Link2, Printer, Share2 } from 'lucide-react'
import { buttonClass } from '@/components/ui/button'
import { copyText } from '@/components/ui/copy-text'
import { Menu, MenuItem } from '@/components/ui/menu'
import { failed, said } from '@/components/ui/toast'

/** A link to exactly what is seen, filters, tabs and lines included: all of it is in the URL. */
export function Share({ title }: { readonly title?: string }) {
  const copy = () => {
    copyText(window.location.href).then(
      () => said('The link is copied. It shows this very view to whoever may sign in.'),
      () =>
        failed({
          code: 'clipboard',
          message: 'The browser does not let the link be copied.',
          mend: `Copy it from here: ${window.location.href}`,
        }),
    )
  }
  const hand = () => {
    // Whoever closes the device's own dialog has not met with an error.
    navigator.share({ title: title ?? document.title, url: window.location.href }).catch(() => undefined)
  }
  const canHand = typeof navigator !== 'undefined' && 'share' in navigator
  return (
    <Menu
      trigger={
        <button type="button" aria-label="Share" className={buttonClass('quiet', 'px-2 print:hidden')}>
          <Share2 aria-hidden className="size-4" />
          <span className="hidden sm:inline">Share</span>
        </button>
      }
    >
      <MenuItem icon={Link2} onSelect={copy}>
        Copy the link
      </MenuItem>
      {canHand && (
        <MenuItem icon={Share2} onSelect={hand}>
          Send it
        </MenuItem>
      )}
      <MenuItem icon={Printer} onSelect={() => setTimeout(() => window.print(), 100)}>
        Print
      </MenuItem>
    </Menu>
  )
}
