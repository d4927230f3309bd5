/** Where a repository may keep its pull request template, in the order in which GitHub looks. */
export const templatePaths = [
  '.github/pull_request_template.md',
  '.github/PULL_REQUEST_TEMPLATE.md',
  'pull_request_template.md',
  'PULL_REQUEST_TEMPLATE.md',
  'docs/pull_request_template.md',
  'docs/PULL_REQUEST_TEMPLATE.md',
] as const

const slot = /\{\{\s*devpilot\s*\}\}|<!--\s*devpilot\s*-->/i

/**
 * A pull request's body: the repository's template with DevPilot's text in it.
 * @param template as it stands on the base branch, or null when there is none.
 * @returns the text at `{{ devpilot }}` or `<!-- devpilot -->` if the template has such a place, else the text
 *   first and the template below it, for the person who makes the pull request ready.
 */
export function renderTemplate(template: string | null, body: string): string {
  const frame = template?.replaceAll('\r\n', '\n').trim()
  if (!frame) return body
  // A function, because `$&` in the body would be read as a pattern.
  if (slot.test(frame)) return frame.replace(slot, () => body)
  return `${body.trimEnd()}\n\n---\n\n${frame}`
}
