import { z } from 'zod'
import { errorStatus } from '@/lib/errors'
import type { RouteHandler, RouteInfo } from './route'

export const httpMethods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const
/** The exports of one app/api/<path>/route.ts. */
export type RouteModule = Partial<Record<(typeof httpMethods)[number], RouteHandler>>

const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  instance: z.string(),
  code: z.enum(Object.keys(errorStatus) as [keyof typeof errorStatus, ...(keyof typeof errorStatus)[]]),
  place: z.string().optional(),
  mend: z.string().optional(),
})

/**
 * The OpenAPI 3.1 description of these routes, made from their own schemas.
 * @param routes by path as Next writes it: `/api/runs/[id]`
 */
export function openApiDocument(routes: Readonly<Record<string, RouteModule>>): Record<string, unknown> {
  const paths = Object.entries(routes).map(([path, handlers]) => [
    path.replace(/\[(?:\.\.\.)?(\w+)\]/g, '{$1}'),
    Object.fromEntries(
      httpMethods.flatMap((method) => {
        const info = handlers[method]?.info
        return info ? [[method.toLowerCase(), operation(path, method, info)]] : []
      }),
    ),
  ])
  return {
    openapi: '3.1.0',
    info: {
      title: 'DevPilot',
      version: '1',
      description:
        'Errors are problem documents (RFC 9457) with a stable `code`. Writes take `Idempotency-Key`.',
    },
    security: [{ token: [] }],
    paths: Object.fromEntries(paths),
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer' },
        cron: { type: 'http', scheme: 'bearer', description: 'CRON_SECRET of the server.' },
        signed: {
          type: 'apiKey',
          in: 'header',
          name: 'X-Hub-Signature-256',
          description: 'HMAC of the body with GITHUB_WEBHOOK_SECRET of the server.',
        },
      },
      schemas: { Problem: jsonSchema(problemSchema, 'output') },
    },
  }
}

function operation(path: string, method: string, info: RouteInfo): Record<string, unknown> {
  const { properties, required } = objectParts(jsonSchema(info.input, 'input'))
  const inPath = [...path.matchAll(/\[(?:\.\.\.)?(\w+)\]/g)].map((match) => match[1] ?? '')
  const others = Object.keys(properties).filter((name) => !inPath.includes(name))
  const parameter = (name: string, where: string) => ({
    name,
    in: where,
    required: where === 'path' || required.includes(name),
    schema: properties[name] ?? { type: 'string' },
  })
  const query = method === 'GET' ? others.map((name) => parameter(name, 'query')) : []
  const key = { name: 'Idempotency-Key', in: 'header', required: false, schema: { type: 'string' } }
  const body = {
    type: 'object',
    properties: Object.fromEntries(others.map((name) => [name, properties[name]])),
    required: required.filter((name) => others.includes(name)),
    additionalProperties: false,
  }
  return {
    summary: info.summary,
    'x-access': info.access,
    ...(info.access === 'public' ? { security: [] } : {}),
    ...(info.access === 'cron' || info.access === 'signed' ? { security: [{ [info.access]: [] }] } : {}),
    parameters: [
      ...inPath.map((name) => parameter(name, 'path')),
      ...query,
      ...(method === 'GET' ? [] : [key]),
    ],
    ...(method !== 'GET' && others.length > 0
      ? { requestBody: { content: { 'application/json': { schema: body } } } }
      : {}),
    responses: {
      [info.status]: { description: 'Done', content: contentOf(info) },
      default: {
        description: 'A problem',
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
  }
}

function contentOf({ output }: RouteInfo): Record<string, unknown> {
  if (typeof output === 'string') return { [output]: { schema: { type: 'string' } } }
  return { 'application/json': { schema: jsonSchema(output, 'output') } }
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Record<string, unknown> {
  const { $schema: _version, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' })
  return rest
}

function objectParts(schema: Record<string, unknown>): {
  properties: Record<string, unknown>
  required: readonly string[]
} {
  const { properties, required } = schema
  return {
    properties: typeof properties === 'object' && properties !== null ? { ...properties } : {},
    required: Array.isArray(required) ? required.map(String) : [],
  }
}
