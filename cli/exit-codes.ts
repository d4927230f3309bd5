/** What the shell is told (spec.md section 13). */
export const exitCodes = { ok: 0, error: 1, cancelled: 2, gate: 3, signIn: 4, runFailed: 5 } as const
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]
