import { sha256 } from '@/lib/db/client'

/**
 * Text that a browser may keep and has to ask about each time: who is signed out, or may no longer read it, is told so
 * instead of shown it, and whoever has it gets a 304. Made after the caller was authorised.
 */
export function keptText(
  request: Request,
  text: string,
  headers: Readonly<Record<string, string>>,
): Response {
  const tag = `"${sha256(text)}"`
  const answer = { ...headers, 'cache-control': 'private, no-cache', etag: tag }
  return has(request, tag)
    ? new Response(null, { status: 304, headers: answer })
    : new Response(text, { headers: answer })
}

/** A proxy that compresses marks the tag as weak. */
function has(request: Request, tag: string): boolean {
  const tags = (request.headers.get('if-none-match') ?? '').split(',')
  return tags.some((one) => one.trim().replace(/^W\//, '') === tag)
}
