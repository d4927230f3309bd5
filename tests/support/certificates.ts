import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Pair {
  /** Paths of PEM files. */
  readonly cert: string
  readonly key: string
}

/** An authority of the test's own, made with openssl, and what it signs. */
export interface Authority {
  readonly cert: string
  /** @param days that it is good for; -1: it expired yesterday */
  sign(name: string, days: number): Pair
  remove(): void
}

const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']

export function makeAuthority(name: string): Authority {
  const folder = mkdtempSync(join(tmpdir(), 'devpilot-certificates-'))
  const at = (file: string) => join(folder, file)
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' })
  openssl(
    'req',
    '-x509',
    ...curve,
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
    '-subj',
    `/CN=${name}`,
    '-days',
    '2',
  )
  writeFileSync(at('names'), 'subjectAltName=DNS:localhost')
  return {
    cert: at('ca.pem'),
    sign(what, days) {
      const [key, request, cert] = [at(`${what}.key`), at(`${what}.csr`), at(`${what}.pem`)]
      openssl('req', '-new', ...curve, '-keyout', key, '-out', request, '-subj', `/CN=${what}`)
      const by = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'names']
      openssl('x509', '-req', '-in', request, ...by, '-days', String(days), '-out', cert)
      return { cert, key }
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

export const read = (path: string): Buffer => readFileSync(path)
