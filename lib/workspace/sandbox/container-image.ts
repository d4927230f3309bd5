import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { AppError } from '@/lib/errors'
import { hostSystemRoots, ownEtc } from './layout'
import { sandboxUser } from './ownership'
import { spawnEnv } from './spawn-env'
import { temporaryFolder } from './temporary'

const folders = [
  'proc',
  'sys',
  'dev',
  'tmp',
  'run/devpilot',
  'var',
  'root',
  'home/agent',
  'workspace',
  'etc',
] as const
const run = promisify(execFile)

/**
 * An image without a registry: empty folders, links and our own /etc/passwd, some kilobytes. The host's /usr is shown
 * read-only at run time, as in bubblewrap, so the toolchains are the host's own. Made once, found by its name after.
 * @returns the image's name. @throws AppError('sandbox_unavailable') when the engine cannot import it.
 */
export async function hostImage(engine: string, env: Readonly<Record<string, string>>): Promise<string> {
  const user = sandboxUser()
  const roots = hostSystemRoots()
  const etc = ownEtc(user.uid, user.gid)
  const digest = createHash('sha256')
    .update(JSON.stringify([1, roots, etc, folders]))
    .digest('hex')
    .slice(0, 12)
  const image = `localhost/devpilot-host:${digest}`
  if (await exists(engine, image, env)) return image
  const skeleton = temporaryFolder('image')
  const archive = `${skeleton}.tar`
  try {
    for (const folder of folders) mkdirSync(join(skeleton, folder), { recursive: true })
    for (const folder of ['tmp', 'home/agent']) chmodSync(join(skeleton, folder), 0o1777)
    for (const root of roots) {
      if (root.kind === 'link') symlinkSync(root.to, join(skeleton, root.path))
      else mkdirSync(join(skeleton, root.path), { recursive: true })
    }
    for (const [path, text] of Object.entries(etc)) {
      mkdirSync(dirname(join(skeleton, path)), { recursive: true })
      writeFileSync(join(skeleton, path), text)
    }
    await run('tar', ['--owner=0', '--group=0', '-cf', archive, '-C', skeleton, '.'])
    await run(engine, ['import', archive, image], { env: spawnEnv(env) })
    return image
  } catch (error) {
    throw new AppError(
      'sandbox_unavailable',
      `${engine} could not make the sandbox's image: ${lastLine(error)}`,
      {
        mend: 'Name an image of your own under sandbox.image in devpilot.yaml.',
        cause: error,
      },
    )
  } finally {
    rmSync(skeleton, { recursive: true, force: true })
    rmSync(archive, { force: true })
  }
}

async function exists(
  engine: string,
  image: string,
  env: Readonly<Record<string, string>>,
): Promise<boolean> {
  try {
    await run(engine, ['image', 'inspect', image], { env: spawnEnv(env) })
    return true
  } catch (error) {
    // A non-zero exit is the engine's "no"; anything else (no such program) is for the caller.
    if (error instanceof Error && 'code' in error && typeof error.code === 'number') return false
    throw error
  }
}

/** The last line that a failed program wrote, for a one-sentence reason. */
export function lastLine(error: unknown): string {
  const text = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error)
  return text.trim().split('\n').at(-1) ?? ''
}
