import type { Config } from '@/lib/core/config'
import { configFile } from '@/lib/core/names'
import { readConfig } from '@/lib/workspace/config/parse'

/** A configuration, or in a sentence why it is none: for pages that go on without it. */
export function configOrProblem(text: string): { readonly config: Config } | { readonly problem: string } {
  const read = readConfig(text)
  if ('config' in read) return read
  const [first, ...more] = read.problems
  if (first === undefined) return { problem: `${configFile} is not valid.` }
  const rest = more.length > 0 ? ` (and ${more.length} more)` : ''
  return { problem: `${configFile}:${first.line}:${first.column} ${first.key} ${first.message}${rest}` }
}
