import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as openapi from '@/app/api/openapi.json/route'
import { routes } from '@/app/api/openapi.json/routes'
import { httpMethods } from '@/lib/edge/openapi'
import { packageRoot } from '@/lib/root'
import type { Access } from '@/lib/services/context'
import { sourcesOf, withoutComments } from './sources'

/** One way into the app, with the access that its own code states. */
export interface Door {
  readonly kind: 'route' | 'page' | 'action'
  /** `POST /api/runs`, `/settings/members`, `inviteAction`. */
  readonly name: string
  readonly access: Access
  readonly method: string
  readonly path: string
  /** Of an action, as the build numbers it. */
  readonly id?: string
}

const SOMETHING = '01890a5d-ac96-774b-bcce-b302099a8057'

/** `[id]` as an id that nothing has, folders in brackets left out. */
function pathOf(place: string): string {
  return (
    place
      .replace(/\/\([^)]*\)/g, '')
      .replace(/\[\.\.\.\w+\]/g, 'csrf')
      .replace(/\[\w+\]/g, SOMETHING) || '/'
  )
}

function routeDoors(): Door[] {
  return Object.entries({ ...routes, '/api/openapi.json': openapi }).flatMap(([place, module]) =>
    httpMethods.flatMap((method): Door[] => {
      const info = (module as (typeof routes)[string])[method]?.info
      if (!info) return []
      return [{ kind: 'route', name: `${method} ${place}`, access: info.access, method, path: pathOf(place) }]
    }),
  )
}

function pageDoors(): Door[] {
  return sourcesOf('app')
    .filter(({ path }) => path.endsWith('/page.tsx'))
    .map(({ path, text }) => {
      const stated = /\bawait requirePage\('(\w+)'\)/.exec(withoutComments(text))?.[1]
      const open = path.startsWith('app/(auth)/')
      if (stated === undefined && !open) throw new Error(`${path} states no access`)
      const place = path.replace(/^app/, '').replace(/\/page\.tsx$/, '')
      const access = (stated ?? 'public') as Access
      return { kind: 'page', name: pathOf(place), access, method: 'GET', path: pathOf(place) }
    })
}

interface Manifest {
  readonly node: Readonly<
    Record<
      string,
      {
        readonly workers: Readonly<Record<string, unknown>>
        readonly filename: string
        readonly exportedName: string
      }
    >
  >
}

/** Every action of the build, so that none is left out; its access is read from its source. */
function actionDoors(): Door[] {
  const file = join(packageRoot(), '.next', 'server', 'server-reference-manifest.json')
  const { node }: Manifest = JSON.parse(readFileSync(file, 'utf8'))
  const sources = new Map(sourcesOf('app').map(({ path, text }) => [path, withoutComments(text)]))
  return Object.entries(node).map(([id, { workers, filename, exportedName }]) => {
    const text = sources.get(filename) ?? ''
    const stated = new RegExp(`export const ${exportedName} = (action|openAction)\\((?:\\s*'(\\w+)')?`).exec(
      text,
    )
    const open = stated?.[1] === 'openAction' || exportedName === 'signOutAction'
    if (!stated?.[2] && !open) throw new Error(`${filename}: ${exportedName} states no access`)
    const page = Object.keys(workers)[0] ?? ''
    const path = pathOf(page.replace(/^app/, '').replace(/\/page$/, ''))
    return {
      kind: 'action',
      name: exportedName,
      access: (stated?.[2] ?? 'public') as Access,
      method: 'POST',
      path,
      id,
    }
  })
}

/** Every route, page and action of the built app. */
export function accessTable(): Door[] {
  return [...routeDoors(), ...pageDoors(), ...actionDoors()]
}
