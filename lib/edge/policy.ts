/**
 * The one style element whose library knows no nonce: sonner's, by the hash of its text. `tests/unit/csp.test.ts`
 * says the new one when sonner changes it. The second is of the empty element that it adds first.
 */
export const STYLE_HASHES = [
  'sha256-StEaX+se6YS7pqjzrzMIA0KaX9zF/8zAhvQXZAe5epY=',
  'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=',
] as const

interface PolicyOptions {
  readonly nonce: string
  /** `next dev`: its tools need eval and styles of their own. */
  readonly development?: boolean
}

/**
 * What a page may load and run. Scripts run only with this answer's nonce, or when such a script loads them; a style
 * element needs the nonce, too, or to be the one of STYLE_HASHES; nothing comes from elsewhere, nor are there
 * frames. Styles may stand in attributes: widths of bars and places of rows are rendered by the server, and an
 * attribute's style can load nothing that the rest of the policy does not allow.
 */
export function pagePolicy({ nonce, development = false }: PolicyOptions): string {
  const hashes = STYLE_HASHES.map((hash) => `'${hash}'`).join(' ')
  return [
    "default-src 'self'",
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'${development ? " 'unsafe-eval'" : ''}`,
    // A nonce would make browsers ignore 'unsafe-inline'.
    development ? "style-src 'self' 'unsafe-inline'" : `style-src 'self' 'nonce-${nonce}' ${hashes}`,
    "style-src-attr 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "frame-src 'none'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "object-src 'none'",
  ].join('; ')
}

/** What an answer of the API may do when somebody opens it as a page: nothing. */
export const apiPolicy = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

/** What every answer has, whatever it is. */
export const securityHeaders: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  // The sign-in link carries the token in its query: no other site may see where a visitor came from.
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=()',
}
