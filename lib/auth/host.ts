import { isLoopback } from '@/lib/core/loopback'
import { AppError } from '@/lib/errors'

/**
 * Refuses a request that reached us under a foreign name: a page whose name was pointed at 127.0.0.1 after it was
 * loaded (DNS rebinding) would otherwise talk to us as its own origin.
 * @param host the Host header
 * @param publicUrls further names that are ours: DEVPILOT_URL, and what the host of functions calls this one
 * @throws AppError('forbidden')
 */
export function checkHost(host: string | null, publicUrls: readonly string[]): void {
  const hostname = hostnameOf(host)
  if (hostname !== null && isLoopback(hostname)) return
  if (hostname !== null && publicUrls.some((url) => new URL(url).hostname === hostname)) return
  throw new AppError('forbidden', 'This server answers on loopback only.', {
    place: 'Host',
    mend: 'Use http://127.0.0.1, or name the public address in DEVPILOT_URL.',
  })
}

/**
 * Refuses a write that another site's page made with our cookie.
 * @throws AppError('forbidden')
 */
export function checkOrigin(headers: Headers): void {
  const origin = headers.get('origin')
  const site = headers.get('sec-fetch-site')
  const ours =
    origin === null ? site === 'same-origin' : hostOf(origin) === headers.get('host')?.toLowerCase()
  if (ours && (site === null || site === 'same-origin')) return
  throw new AppError('forbidden', 'This request came from another site.', {
    place: 'Origin',
    mend: 'Use the dashboard itself, or send the token as `Authorization: Bearer …`.',
  })
}

function hostnameOf(host: string | null): string | null {
  if (host === null || !/^[A-Za-z0-9.:[\]-]+$/.test(host)) return null
  return URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : null
}

function hostOf(origin: string): string | null {
  return URL.canParse(origin) ? new URL(origin).host : null
}
