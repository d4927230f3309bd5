import { createHmac } from 'node:crypto'
import { sameSecret } from './token'

export const SESSION_COOKIE = 'devpilot_session'
export const SESSION_SECONDS = 30 * 24 * 3600

/** The value of a session's cookie: when it was begun, and a signature by the installation's token. */
export function sessionValue(token: string, begunAt: Date): string {
  const begun = Math.floor(begunAt.getTime() / 1000)
  return `v1.${begun}.${sign(token, begun)}`
}

/** Whether the value was made with this token and is not older than 30 days; another token ends every session. */
export function isSession(value: string | undefined, token: string, now: Date): boolean {
  const match = /^v1\.(\d{1,12})\.([A-Za-z0-9_-]{43})$/.exec(value ?? '')
  if (!match?.[2]) return false
  const age = now.getTime() / 1000 - Number(match[1])
  return age >= -60 && age < SESSION_SECONDS && sameSecret(match[2], sign(token, Number(match[1])))
}

function sign(token: string, begun: number): string {
  return createHmac('sha256', token).update(`devpilot session ${begun}`).digest('base64url')
}
