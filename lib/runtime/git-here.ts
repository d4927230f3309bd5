import { toAppError } from '@/lib/errors'
import { gitText } from '@/lib/workspace/git/run'

/**
 * Why nothing that needs git can be done in this process; null where it can. Functions come without it: a run that
 * was begun there would only fail, and its place is with a worker.
 */
export async function gitProblem(): Promise<string | null> {
  try {
    await gitText(['--version'])
    return null
  } catch (error) {
    return `Left to a worker (\`devpilot worker\` on the same database): ${toAppError(error).message}`
  }
}
