import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { parseEnv } from '@/lib/env'
import { packageRoot } from '@/lib/root'

const file = (path: string) => readFileSync(join(packageRoot(), path), 'utf8')
const variables = z.record(z.string(), z.string())
const service = z.object({
  image: z.string(),
  command: z.array(z.string()).optional(),
  environment: variables.default({}),
  build: z.object({ context: z.string(), dockerfile: z.string() }).optional(),
})
const compose = z
  .object({ services: z.record(z.string(), service) })
  .parse(parse(file('deploy/compose.yaml'), { merge: true }))

describe('deploy/compose.yaml', () => {
  const ours = Object.entries(compose.services).filter(([, { build }]) => build !== undefined)

  test('has Temporal, Postgres, a server and a worker', () => {
    expect(Object.keys(compose.services).sort()).toEqual(['postgres', 'server', 'temporal', 'worker'])
    expect(ours.map(([name]) => name).sort()).toEqual(['server', 'worker'])
  })

  test.each(ours)(
    '%s sets only variables that are read, and starts what is there',
    (_name, { environment, command, build }) => {
      const known = file('lib/env.ts')
      for (const name of Object.keys(environment)) expect(known).toMatch(new RegExp(`^ {2}${name}:`, 'm'))
      for (const word of command ?? [])
        if (word.includes('/') && !word.startsWith('0.'))
          expect(existsSync(join(packageRoot(), word))).toBe(true)
      expect(existsSync(join(packageRoot(), build?.dockerfile ?? ''))).toBe(true)
      // What `${NAME:-value}` gives where nothing is set, and something where it must be.
      const filled = Object.entries(environment).map(([name, value]) => [
        name,
        value.replace(/\$\{\w+:-([^}]*)\}/g, '$1').replace(/\$\{\w+:\?[^}]*\}/g, 'given'),
      ])
      expect(parseEnv(Object.fromEntries(filled))).toMatchObject({ DEVPILOT_ENGINE: 'embedded' })
    },
  )
})
