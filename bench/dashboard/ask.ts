import { Agent, request } from 'undici'
import type { App } from './app'
import type { Place } from './places'
import { type Spread, spread } from './stats'

export interface Asked extends Spread {
  readonly status: number
  /** As they came over the wire. */
  readonly bytes: number
}

/** A place that took so long in all, in milliseconds, is asked no further. */
const LONG_MS = 30_000
/** One that answers so soon is asked more often: of few short answers the slowest twentieth is what else ran then. */
const SHORT_MS = 12
const MORE = 4

/** One connection an app: a request is sent when the answer before it is whole. */
const agent = new Agent({ connections: 1, bodyTimeout: 120_000, headersTimeout: 120_000 })

export interface Target {
  readonly app: App
  readonly cookie: string
  readonly places: readonly Place[]
}

/**
 * How long each place takes to answer whole. Sizes take turns at every try: what a busy machine does to one it does
 * to the other.
 */
export async function askAll(
  targets: readonly Target[],
  tries: number,
  done: (name: string) => void,
): Promise<Map<string, Asked[]>> {
  const results = new Map<string, Asked[]>()
  // A server that has just started loads each page's code at its first visit: that is not what is measured.
  for (const target of targets)
    for (const place of target.places) if (place.kind === 'page') await ask(target, place)
  for (const [index, { name }] of (targets[0]?.places ?? []).entries()) {
    const seen = targets.map(() => ({ times: [] as number[], status: 0, bytes: 0 }))
    let spent = 0
    let rounds = tries
    for (let round = -3; round < rounds; round += 1) {
      if (round === 1 && spent < SHORT_MS * targets.length * 4) rounds = tries * MORE
      // An export of everything: a few answers tell enough.
      if (round >= 2 && spent > LONG_MS) break
      for (const [at, target] of targets.entries()) {
        const [place, one] = [target.places[index], seen[at]]
        if (!place || !one) continue
        const answer = await ask(target, place)
        spent += answer.ms
        if (round >= 0) one.times.push(answer.ms)
        one.status = answer.status
        one.bytes = answer.bytes
      }
    }
    results.set(
      name,
      seen.map(({ times, status, bytes }) => ({ ...spread(times), status, bytes })),
    )
    done(name)
  }
  return results
}

async function ask({ app, cookie }: Target, { path }: Place) {
  const began = performance.now()
  const { statusCode, body } = await request(app.url + path, {
    dispatcher: agent,
    headers: { cookie, 'accept-encoding': 'gzip', accept: 'text/html,application/json' },
  })
  let bytes = 0
  for await (const chunk of body) bytes += Buffer.byteLength(chunk)
  return { status: statusCode, bytes, ms: performance.now() - began }
}

/** The paths of GET that the app says it has, in the spelling of its folders. */
export async function getPaths({ url, token }: App): Promise<string[]> {
  const response = await fetch(`${url}/api/openapi.json`, { headers: { authorization: `Bearer ${token}` } })
  const { paths } = (await response.json()) as { paths: Record<string, Record<string, unknown>> }
  return Object.entries(paths)
    .filter(([, methods]) => 'get' in methods)
    .map(([path]) => path.replaceAll('{', '[').replaceAll('}', ']'))
    .sort()
}
