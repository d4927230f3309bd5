import { z } from 'zod'
import { openApiDocument } from '@/lib/edge/openapi'
import { publicRoute, type RouteHandler } from '@/lib/edge/route'
import { routes } from './routes'

export const GET: RouteHandler = publicRoute({
  summary: 'This description.',
  output: z.record(z.string(), z.unknown()),
  handler: async () => openApiDocument({ ...routes, '/api/openapi.json': { GET } }),
})
