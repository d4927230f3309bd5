import { existsSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BubblewrapSandbox } from '@/lib/workspace/sandbox/bubblewrap'
import { everyOne, isolating } from './adapters'
import { asArguments, makePlace, oddSleep, type Place, untilAlive, untilDead } from './fixture'

const MiB = 1024 * 1024
const all = await everyOne()
const strict = await isolating()
let place: Place
beforeAll(() => {
  place = makePlace()
})
afterAll(() => place.remove())

/** Eight children that hold 100 MB each: no single one passes the limit. */
const memoryBomb =
  'for i in 1 2 3 4 5 6 7 8; do node -e "const b=Buffer.alloc(1e8,1);setTimeout(()=>console.log(b.length),8000)" & done; wait'

describe.each(all)('$name ends', (sandbox) => {
  it('a command past its time that ignores TERM, with its children', async () => {
    const sleep = oddSleep()
    const result = await place.run(sandbox, `trap '' TERM INT HUP; ${sleep} & ${sleep}; ${sleep}`, {
      limits: { timeoutMs: 1500 },
    })
    expect(result).toMatchObject({ ended: 'timeout', exitCode: null, signal: 'SIGKILL' })
    expect(await untilDead(asArguments(sleep))).toEqual([])
  })

  it('a cancelled command, and one that was cancelled before it began', async () => {
    const sleep = oddSleep()
    const controller = new AbortController()
    const running = place.run(sandbox, `${sleep}; true`, { signal: controller.signal })
    expect(await untilAlive(asArguments(sleep))).not.toEqual([])
    controller.abort()
    expect(await running).toMatchObject({ ended: 'cancelled' })
    expect(await untilDead(asArguments(sleep))).toEqual([])
    expect(await place.run(sandbox, `${sleep}; true`, { signal: AbortSignal.abort() })).toMatchObject({
      ended: 'cancelled',
    })
    expect(await untilDead(asArguments(sleep))).toEqual([])
  })

  it('children in a session of their own and double-forked ones, when the command itself is over', async () => {
    const sleep = oddSleep()
    const result = await place.run(
      sandbox,
      `setsid ${sleep} >/dev/null 2>&1 & (setsid sh -c '${sleep} & ' &) ; exit 4`,
    )
    expect(result.exitCode).toBe(4)
    expect(await untilDead(asArguments(sleep))).toEqual([])
  })

  it('memory spread over children', async () => {
    const result = await place.run(sandbox, memoryBomb, {
      limits: { memoryBytes: 400 * MiB, timeoutMs: 60_000 },
    })
    expect(result.ended).toBe('memory')
    // podman's monitor writes a file of that name into the folder that it was started in.
    expect(existsSync('oom')).toBe(false)
  })

  it('keeps the ends of 50 MB of output and counts the rest', async () => {
    const flood = "echo first; head -c 50000000 /dev/zero | tr '\\0' x; echo; echo last"
    let seen = 0
    const result = await place.run(sandbox, flood, {
      limits: { outputBytes: 100_000 },
      onOutput: (_stream, text) => {
        seen += text.length
      },
    })
    expect(result.exitCode).toBe(0)
    expect(result.stdout.startsWith('first\n')).toBe(true)
    expect(result.stdout.endsWith('last\n')).toBe(true)
    expect(result.stdout.length).toBeLessThan(101_000)
    expect(result.droppedBytes.stdout).toBeGreaterThan(49_000_000)
    // Live readers get as much as is kept, not the flood.
    expect(seen).toBeLessThan(1_000_000)
  })

  it('lets a program open /dev/stdout and /dev/stderr', async () => {
    const result = await place.run(sandbox, 'echo out > /dev/stdout; echo err > /dev/stderr')
    expect(result).toMatchObject({ exitCode: 0, stdout: 'out\n', stderr: 'err\n' })
  })

  it('gives stdin and closes it', async () => {
    expect(await place.run(sandbox, 'cat', { stdin: 'given' })).toMatchObject({
      exitCode: 0,
      stdout: 'given',
    })
    expect(await place.run(sandbox, 'cat')).toMatchObject({ exitCode: 0, stdout: '' })
  })
})

describe.each(strict)('$name limits', (sandbox) => {
  it('processes: a fork bomb is stopped and its remains are gone', async () => {
    const sleep = oddSleep()
    const bomb = `i=0; while [ $i -lt 400 ]; do ${sleep} & i=$((i + 1)); done; echo all started`
    const result = await place.run(sandbox, bomb, { limits: { processes: 60, timeoutMs: 6_000 } })
    expect(result.stdout).not.toContain('all started')
    expect(await untilDead(asArguments(sleep))).toEqual([])
  })

  it('one file', async () => {
    const result = await place.run(
      sandbox,
      'head -c 30000000 /dev/zero > /workspace/big; wc -c < /workspace/big',
      {
        limits: { fileBytes: 10 * MiB },
      },
    )
    expect(Number(result.stdout)).toBeLessThanOrEqual(10 * MiB)
  })

  it('the disk: many files of the workspace, and /tmp by its size', async () => {
    const fill = 'for i in $(seq 200); do head -c 10000000 /dev/zero > /workspace/f$i; done; echo filled'
    const result = await place.run(sandbox, fill, { limits: { diskBytes: 150 * MiB, timeoutMs: 60_000 } })
    expect(result.ended).toBe('disk')
    await place.run(sandbox, 'rm -f /workspace/f*')
    const scratch = await place.run(sandbox, 'head -c 500000000 /dev/zero > /tmp/big; wc -c < /tmp/big', {
      limits: { memoryBytes: 400 * MiB },
    })
    expect(Number(scratch.stdout || 0)).toBeLessThanOrEqual(200 * MiB)
  })
})

describe('without a writable cgroup', () => {
  it('memory of the tree is polled', async () => {
    const sandbox = new BubblewrapSandbox(null)
    if (!strict.some((one) => one.name === 'bubblewrap')) return
    const result = await place.run(sandbox, memoryBomb, { limits: { memoryBytes: 400 * MiB } })
    expect(result.ended).toBe('memory')
  })
})
