'use client'

import { ThemeProvider } from 'next-themes'
import type { ReactNode } from 'react'
import { documentNonce } from '@/components/ui/nonce'

/** Libraries that add style elements (Radix keeps the page still under a modal) look for the page's nonce here. */
if (typeof window !== 'undefined') Object.assign(window, { __webpack_nonce__: documentNonce() })

interface LooksProps {
  readonly nonce: string | undefined
  readonly children: ReactNode
}

/** Light, dark or as the system, set by a script with the page's nonce before anything is drawn. */
export function Looks({ nonce, children }: LooksProps) {
  return (
    <ThemeProvider
      attribute="data-theme"
      defaultTheme="system"
      storageKey="devpilot_theme"
      {...(nonce === undefined ? {} : { nonce })}
    >
      {children}
    </ThemeProvider>
  )
}
