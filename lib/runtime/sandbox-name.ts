import { selectSandbox } from '@/lib/workspace/sandbox/select'

/** The sandbox in force on this machine, as readiness and the worker say it. */
export async function sandboxName(): Promise<string> {
  const { sandbox } = await selectSandbox({ choice: 'auto' })
  return sandbox?.name ?? 'none found'
}
