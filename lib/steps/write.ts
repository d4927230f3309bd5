import { configFile } from '@/lib/core/names'
import { digest } from './digest'
import type { Step } from './ports'

/** @throws AppError('bad_config') that names every problem with its line */
export type CheckConfig = (text: string) => unknown

/**
 * Writes the file that a person wrote on a page (`overrides.write`), so that it goes through pull request, gate and
 * merge as every change does. It asks no model, and writes nothing over what somebody else changed meanwhile.
 */
export function writeStep(checkConfig: CheckConfig): Step {
  return async ({ run, bench, record }) => {
    const { write } = run.overrides
    if (write === undefined)
      return { outcome: { kind: 'abort', reason: 'The run was given no file to write.' } }
    const { path, content, replaces } = write
    const at = await bench()
    const there = await at.readBase(path)
    if ((there === null ? null : digest(there)) !== replaces) {
      const reason = `${path} changed on ${at.target} while it was edited. Open the editor again and make the change on what is there now.`
      return { outcome: { kind: 'abort', reason } }
    }
    if (path === configFile) checkConfig(content)
    const workspace = at.workspace([path], 'person')
    await workspace.writeFile({ path, content })
    await workspace.commit(
      `chore: ${there === null ? 'add' : 'change'} ${path}\n\nWritten by ${run.requestedBy.name}.`,
    )
    await record.artifact('diff', await workspace.diff())
    const summary = { files: [{ path, why: run.task.title }] }
    return { outcome: { kind: 'done' }, summary, run: { headSha: await workspace.headSha() } }
  }
}
