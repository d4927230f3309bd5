import type { Env } from '@/lib/env'

/** The OAuth app that people sign in with; null where none is configured. */
export function githubApp({ GITHUB_CLIENT_ID, GITHUB_CLIENT_SECRET, GITHUB_URL, GITHUB_API_URL }: Env) {
  if (GITHUB_CLIENT_ID === undefined || GITHUB_CLIENT_SECRET === undefined) return null
  return {
    clientId: GITHUB_CLIENT_ID,
    clientSecret: GITHUB_CLIENT_SECRET,
    url: GITHUB_URL.replace(/\/$/, ''),
    api: (GITHUB_API_URL ?? 'https://api.github.com').replace(/\/$/, ''),
  }
}
