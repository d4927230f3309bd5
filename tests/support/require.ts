import { env } from '@/lib/env'

/**
 * Whether tests that need a tool can run. A missing tool is said loudly, and is an error when DEVPILOT_REQUIRE
 * (a comma list) names it: so CI cannot pass by skipping.
 * @param reason what was found instead of the tool.
 */
export function requires(tool: string, available: boolean, reason = 'it is not on this machine'): boolean {
  if (available) return true
  const required = env()
    .DEVPILOT_REQUIRE.split(',')
    .map((name) => name.trim())
  if (required.includes(tool)) throw new Error(`DEVPILOT_REQUIRE names ${tool}, but ${reason}.`)
  process.stderr.write(`\n!! SKIPPED: tests that need ${tool}: ${reason}.\n`)
  return false
}
