import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { everyOne } from './adapters'
import { asArguments, makePlace, oddSleep, untilAlive, untilDead } from './fixture'

const all = await everyOne()
const program = fileURLToPath(new URL('./run-and-hang.ts', import.meta.url))

describe.each(all)('$name', ({ name }) => {
  it('leaves nothing behind when DevPilot itself is killed by SIGKILL', async () => {
    const place = makePlace()
    const sleep = oddSleep()
    const child = spawn(
      process.execPath,
      ['--import', './cli/loader.mjs', program, name, place.workspace, `${sleep} & ${sleep}; true`],
      {
        stdio: ['ignore', 'ignore', 'inherit'],
      },
    )
    try {
      expect(await untilAlive(`\0${asArguments(sleep)}`.slice(1))).not.toEqual([])
      await untilAlive(`${asArguments(sleep)}\0`)
      child.kill('SIGKILL')
      expect(await untilDead(`${asArguments(sleep)}\0`)).toEqual([])
    } finally {
      child.kill('SIGKILL')
      place.remove()
    }
  })
})
