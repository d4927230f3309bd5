import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { databaseServer, ownUrls, parseEnv } from '@/lib/env'
import { assertServerless } from '@/lib/runtime/serverless'

const url = 'postgres://me:secret@db.example/x'

describe('the environment of a function', () => {
  test.each([
    [{}, 'POSTGRES_URL and DEVPILOT_TOKEN'],
    [{ POSTGRES_URL: url }, 'DEVPILOT_TOKEN'],
    [{ DEVPILOT_TOKEN: 'a-token-of-sixteen-letters' }, 'POSTGRES_URL'],
  ])('%j: what is missing is named', (given, missing) => {
    expect(() => assertServerless(parseEnv({ VERCEL: '1', ...given }))).toThrow(
      `On Vercel ${missing} must be set`,
    )
    expect(() => assertServerless(parseEnv(given))).not.toThrow()
  })

  test('whole it is taken; its home lies where it may write', () => {
    const env = parseEnv({ VERCEL: '1', DATABASE_URL: url, DEVPILOT_TOKEN: 'a-token-of-sixteen-letters' })
    expect(() => assertServerless(env)).not.toThrow()
    expect(env.DEVPILOT_HOME).toBe(join(tmpdir(), 'devpilot'))
    expect(parseEnv({ VERCEL: '1', DEVPILOT_HOME: '/data' }).DEVPILOT_HOME).toBe('/data')
  })

  test('DATABASE_URL wins over POSTGRES_URL, and each is reached its own way', () => {
    const both = databaseServer(parseEnv({ DATABASE_URL: url, POSTGRES_URL: `${url}2` }))
    expect(both).toEqual({ url, variable: 'DATABASE_URL', driver: 'pg' })
    expect(databaseServer(parseEnv({ POSTGRES_URL: url }))).toMatchObject({
      variable: 'POSTGRES_URL',
      driver: 'vercel',
    })
    expect(databaseServer(parseEnv({}))).toBeNull()
    expect(() => parseEnv({ POSTGRES_URL: 'mysql://a', DEVPILOT_SLICE_SECONDS: '0' })).toThrow(
      /POSTGRES_URL[\s\S]*DEVPILOT_SLICE_SECONDS|DEVPILOT_SLICE_SECONDS[\s\S]*POSTGRES_URL/,
    )
  })

  test('the names that Vercel gives it are its own', () => {
    const names = { VERCEL_URL: 'app-abc.vercel.app', VERCEL_PROJECT_PRODUCTION_URL: 'app.vercel.app' }
    const own = ['https://pilot.example', 'https://app.vercel.app', 'https://app-abc.vercel.app']
    expect(ownUrls(parseEnv({ DEVPILOT_URL: 'https://pilot.example', ...names }))).toEqual(own)
    expect(ownUrls(parseEnv({}))).toEqual([])
  })
})
