import { type GitHubClient, once } from './client'
import { statusOf } from './errors'

/** GitHub makes labels that it does not know, but in grey: ours get a colour of their own. */
const color = '5b6ee1'

async function ensureLabel(client: GitHubClient, name: string): Promise<void> {
  const { owner, repo } = client
  const unless = (status: number, call: Promise<unknown>): Promise<boolean> =>
    call.then(
      () => true,
      (error: unknown) => {
        if (statusOf(error) !== status) throw error
        return false
      },
    )
  await client.findOrMake(
    `Making the label "${name}"`,
    async (kit) => ((await unless(404, kit.rest.issues.getLabel({ owner, repo, name }))) ? true : null),
    // 422: another run made it in the meantime.
    (kit) => unless(422, kit.rest.issues.createLabel({ owner, repo, name, color, ...once })),
  )
}

/** The labels' own names are their keys: those that it has already, or lacks already, are left as they are. */
export async function setLabels(
  client: GitHubClient,
  number: number,
  { add, remove }: { readonly add: readonly string[]; readonly remove: readonly string[] },
): Promise<void> {
  const { owner, repo } = client
  const issue = { owner, repo, issue_number: number }
  const there = await client.ask('Reading labels', (kit) =>
    kit.paginate(kit.rest.issues.listLabelsOnIssue, { ...issue, per_page: 100 }),
  )
  const has = new Set(there.map(({ name }) => name.toLowerCase()))
  const missing = add.filter((name) => !has.has(name.toLowerCase()))
  for (const name of missing) await ensureLabel(client, name)
  if (missing.length > 0) {
    await client.ask('Labelling the pull request', (kit) =>
      kit.rest.issues.addLabels({ ...issue, labels: [...missing] }),
    )
  }
  for (const name of remove.filter((one) => has.has(one.toLowerCase()))) {
    // 404: somebody took it off in the meantime.
    await client.maybe(`Taking the label "${name}" off`, (kit) =>
      kit.rest.issues.removeLabel({ ...issue, name }),
    )
  }
}
