/** `devpilot/parse-drops-fractions-1a2b3c`: the title (or the flow, where it has no letters), and the end of the run's id. */
export function branchName(run: {
  readonly id: string
  readonly title: string
  readonly flow: string
}): string {
  const slug = run.title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 40)
    .replace(/^-+|-+$/g, '')
  return `devpilot/${slug || run.flow}-${run.id.slice(-6)}`
}
