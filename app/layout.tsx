import { GeistMono } from 'geist/font/mono'
import { GeistSans } from 'geist/font/sans'
import type { Metadata, Viewport } from 'next'
import { cookies } from 'next/headers'
import type { ReactNode } from 'react'
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

/** The theme is a cookie, so that the first byte is right and no script has to run before the page is drawn. */
export default async function RootLayout({ children }: { readonly children: ReactNode }) {
  const theme = (await cookies()).get('devpilot_theme')?.value
  const chosen = theme === 'light' || theme === 'dark' ? { 'data-theme': theme } : {}
  return (
    <html lang="en" className={`${GeistSans.variable} ${GeistMono.variable}`} {...chosen}>
      <body>{children}</body>
    </html>
  )
}
