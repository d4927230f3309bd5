import type { Step } from './ports'

/** Files that good repositories have and this one lacks. */
export type ScaffoldFiles = (
  readBase: (path: string) => Promise<string | null>,
  paths: readonly string[],
  base: { readonly mirror: string; readonly commit: string; readonly mainBranch: string },
) => Promise<readonly { readonly path: string; readonly content: string; readonly why: string }[]>

/** Writes what is missing, from the repository's own facts; it needs no model. */
export function scaffoldStep(files: ScaffoldFiles): Step {
  return async ({ bench, record }) => {
    const at = await bench()
    const workspace = at.workspace(null)
    const { files: paths } = await workspace.listFiles({ limit: 100_000 })
    const missing = await files(at.readBase, paths, {
      mirror: at.mirror,
      commit: at.baseSha,
      mainBranch: at.mainBranch,
    })
    // What an earlier attempt of the run wrote stands in its branch: it is asked about once more.
    if (missing.length === 0 && (await workspace.diff()) === '')
      return { outcome: { kind: 'abort', reason: 'Nothing is missing.' } }
    for (const file of missing) await workspace.writeFile({ path: file.path, content: file.content })
    if (missing.length > 0) await workspace.commit('docs: add the files that this repository lacked')
    await record.artifact('diff', await workspace.diff())
    const summary = { files: missing.map(({ path, why }) => ({ path, why })) }
    return { outcome: { kind: 'done' }, summary, run: { headSha: await workspace.headSha() } }
  }
}
