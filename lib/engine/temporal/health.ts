import type { Connection } from '@temporalio/client'

/** Whether Temporal answers, and since when it does not. */
export interface Health {
  /** Asks it, at most every two seconds. */
  answers(): Promise<boolean>
  /** A call failed: from now on it does not answer, until it is asked again. */
  failed(error: unknown): void
  /** null while it answers. */
  readonly awaySince: Date | null
  readonly reason: string | null
}

const FRESH_MS = 2_000
const DEADLINE_MS = 2_000

export function createHealth(connection: Connection, now: () => number = Date.now): Health {
  let awaySince: Date | null = null
  let reason: string | null = null
  let asked = Number.NEGATIVE_INFINITY
  let asking: Promise<boolean> | null = null
  const failed = (error: unknown) => {
    awaySince ??= new Date(now())
    reason = error instanceof Error ? error.message : String(error)
  }
  const ask = async (): Promise<boolean> => {
    try {
      await connection.withDeadline(now() + DEADLINE_MS, () => connection.workflowService.getSystemInfo({}))
      awaySince = null
      reason = null
    } catch (error) {
      failed(error)
    }
    asked = now()
    return awaySince === null
  }
  return {
    async answers() {
      if (now() - asked < FRESH_MS) return awaySince === null
      asking ??= ask().finally(() => {
        asking = null
      })
      return asking
    },
    failed,
    get awaySince() {
      return awaySince
    },
    get reason() {
      return reason
    },
  }
}
