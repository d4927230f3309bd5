import { GeistMono } from 'geist/font/mono'
import { GeistSans } from 'geist/font/sans'
import type { Metadata, Viewport } from 'next'
import { cookies, headers } from 'next/headers'
import type { ReactNode } from 'react'
import { knownZone, timeMode } from '@/components/format'
import { Looks } from '@/components/shell/looks'
import { TimesProvider } from '@/components/ui/times'
import { NONCE_HEADER } from '@/lib/edge/headers'
import './globals.css'

export const metadata: Metadata = {
  title: { default: 'DevPilot', template: '%s · DevPilot' },
  description: 'Issues become planned, reviewed, tested and approved pull requests.',
  robots: { index: false, follow: false },
}

export const viewport: Viewport = {
  width: 'device-width',
  initialScale: 1,
  themeColor: [
    { media: '(prefers-color-scheme: light)', color: '#f9fafc' },
    { media: '(prefers-color-scheme: dark)', color: '#0b0d13' },
  ],
}

/** The theme's script sets an attribute of <html> before React looks at it. */
export default async function RootLayout({ children }: { readonly children: ReactNode }) {
  const [kept, sent] = await Promise.all([cookies(), headers()])
  return (
    <html lang="en" className={`${GeistSans.variable} ${GeistMono.variable}`} suppressHydrationWarning>
      <body>
        <Looks nonce={sent.get(NONCE_HEADER) ?? undefined}>
          <TimesProvider
            mode={timeMode(kept.get('devpilot_times')?.value)}
            zone={knownZone(kept.get('devpilot_zone')?.value)}
          >
            {children}
          </TimesProvider>
        </Looks>
      </body>
    </html>
  )
}
