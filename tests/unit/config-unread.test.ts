import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { packageFile, packageRoot } from '@/lib/root'
import { configSchemaText } from '@/lib/workspace/config/schema-json'
import { unread, unreadWarnings } from '@/lib/workspace/config/unread'

interface Node {
  readonly properties?: Readonly<Record<string, Node>>
  readonly items?: Node
  readonly additionalProperties?: Node | boolean
}

/** Every key of the format that holds no further keys. */
function leaves(node: Node, path = ''): string[] {
  if (node.properties)
    return Object.entries(node.properties).flatMap(([key, inner]) =>
      leaves(inner, path === '' ? key : `${path}.${key}`),
    )
  if (node.items?.properties) return leaves(node.items, `${path}[]`)
  return [path]
}

const own = ['lib/core/config-schema.ts', 'lib/workspace/config']
const sources = readdirSync(join(packageRoot(), 'lib'), { recursive: true, encoding: 'utf8' })
  .map((path) => `lib/${path}`)
  .filter((path) => path.endsWith('.ts') && !own.some((start) => path.startsWith(start)))
  .map((path) => packageFile(path))
/** Words that mean much else: only with the key before them do they count as read. */
const common = new Set(['name', 'on', 'language', 'prices', 'frameworks'])

function isRead(path: string): boolean {
  const [last = '', before = ''] = path.replaceAll('[]', '').split('.').reverse()
  const word = new RegExp(
    common.has(last) ? `\\b(?:${before}|entry)\\.${last}\\b` : `(?<![\\w'])${last}\\b(?!')`,
  )
  return sources.some((text) => word.test(text))
}

describe('keys of devpilot.yaml', () => {
  const schema: Node = JSON.parse(configSchemaText())
  const listed = (path: string) => unread.some((one) => path === one.path || path.startsWith(`${one.path}.`))

  it.each(leaves(schema).map((path) => [path]))('%s is read, or said to have no effect', (path) => {
    expect(listed(path) || isRead(path)).toBe(true)
  })

  it('would be missed if nothing read them', () => {
    expect(isRead('project.no_such_key')).toBe(false)
  })

  it('that have no effect are named where they are set, and nowhere else', () => {
    expect(unreadWarnings('')).toEqual([])
    expect(unreadWarnings('llm: { provider: compatible, base_url: "http://x.test" }\n')).toEqual([])
    const text = `llm: { provider: openai, base_url: "http://x.test" }
integrations: { slack: { enabled: false } }
supervision:
  gates:
    - { id: a, trigger: always, type: human_approval }
    - { id: b, trigger: always, type: confidence_gate, notify: [github, slack] }
`
    expect(unreadWarnings(text).map((line) => line.split('`')[1])).toEqual([
      'supervision.gates[1].notify[1]',
      'supervision.gates[1].type',
      'integrations.slack',
      'llm.base_url',
    ])
  })
})
