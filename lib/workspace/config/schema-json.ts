import { z } from 'zod'
import { configSchema } from '@/lib/core/config'

/** A JSON Schema, as far as its reader here needs it. */
interface SchemaNode {
  readonly type?: string
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly additionalProperties?: SchemaNode | boolean
  readonly items?: SchemaNode
}

/** The JSON Schema of devpilot.yaml for editors: what may be written, before defaults are filled in. */
function configJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(configSchema, { io: 'input', target: 'draft-7' })
  return { ...schema, title: 'devpilot.yaml', description: 'How DevPilot works on this repository.' }
}

/** The text of public/devpilot.schema.json. */
export function configSchemaText(): string {
  return `${JSON.stringify(configJsonSchema(), null, 2)}\n`
}

/** Keys that may stand at a path, empty where any or none may. */
export function keysAt(path: readonly PropertyKey[]): readonly string[] {
  let node: SchemaNode | undefined = configJsonSchema()
  for (const key of path) {
    if (node === undefined) return []
    if (typeof key === 'number') node = node.items
    else node = node.properties?.[String(key)] ?? asNode(node.additionalProperties)
  }
  return Object.keys(node?.properties ?? {})
}

function asNode(value: SchemaNode | boolean | undefined): SchemaNode | undefined {
  return typeof value === 'object' ? value : undefined
}
