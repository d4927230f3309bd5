import type { ReactNode } from 'react'
import { Logo } from '@/components/shell/rail'

/** The frame of the pages before one is signed in. */
export function AuthPage({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <main className="flex min-h-dvh items-center justify-center px-4 py-10">
      <div className="w-full max-w-90">
        <div className="mb-6 flex items-center gap-2.5">
          <Logo />
          <h1 className="text-lg font-semibold tracking-tight">{title}</h1>
        </div>
        {children}
      </div>
    </main>
  )
}
