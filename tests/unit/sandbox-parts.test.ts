import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { BubblewrapSandbox } from '@/lib/workspace/sandbox/bubblewrap'
import { makeCgroup } from '@/lib/workspace/sandbox/cgroup'
import { hostView } from '@/lib/workspace/sandbox/host-view'
import { defaultLimits } from '@/lib/workspace/sandbox/limits'
import { NoSandbox } from '@/lib/workspace/sandbox/none'
import { HeadTail } from '@/lib/workspace/sandbox/output'
import { readProbe } from '@/lib/workspace/sandbox/probe'
import { commandsRefused, selectSandbox } from '@/lib/workspace/sandbox/select'
import { toolchains } from '@/lib/workspace/sandbox/toolchains'

const base = mkdtempSync(join(tmpdir(), 'devpilot-parts-'))
afterAll(() => rmSync(base, { recursive: true, force: true }))

describe('HeadTail', () => {
  it('keeps both ends whatever the sizes of the pieces', () => {
    for (const size of [1, 3, 7, 100]) {
      const kept = new HeadTail(10)
      const text = 'abcdefghijklmnopqrstuvwxyz'
      for (let at = 0; at < text.length; at += size) kept.push(Buffer.from(text.slice(at, at + size)))
      const { text: out, dropped } = kept.end()
      expect(out).toBe('abcde\n[... 16 bytes of output dropped here ...]\nvwxyz')
      expect(dropped).toBe(16)
    }
  })

  it('drops nothing that fits, and never splits a letter for live readers', () => {
    const seen: string[] = []
    const kept = new HeadTail(100, (text) => seen.push(text))
    for (const byte of Buffer.from('é€😀')) kept.push(Buffer.from([byte]))
    expect(kept.end()).toEqual({ text: 'é€😀', dropped: 0 })
    expect(seen.join('')).toBe('é€😀')
  })
})

describe('hostView', () => {
  it('turns paths of the inside into those of the host, whole paths only', () => {
    const view = hostView(
      {
        command: '',
        workspace: '/w',
        mounts: [{ source: '/cache/deps', target: '/workspace/node_modules', writable: false }],
      },
      '/h',
    )
    expect(view('/workspace/a:/workspace:/workspaces /x/workspace ~=/home/agent')).toBe(
      '/w/a:/w:/workspaces /x/workspace ~=/h',
    )
    expect(view('--modules=/workspace/node_modules/.bin')).toBe('--modules=/cache/deps/.bin')
  })
})

describe('toolchains', () => {
  it('shows version managers without the credentials beside them, and nothing else of a home', () => {
    const home = join(base, 'home')
    for (const folder of [
      '.nvm/versions/node/v24.1.0/bin',
      '.cargo/bin',
      '.rustup/toolchains',
      'private/bin',
      '.local/bin',
    ]) {
      mkdirSync(join(home, folder), { recursive: true })
    }
    writeFileSync(join(home, '.cargo/credentials.toml'), 'token')
    const bins = ['.cargo/bin', 'private/bin', '.nvm/versions/node/v24.1.0/bin', '.local/bin', 'missing/bin']
    const path = [...bins.map((bin) => join(home, bin)), '/usr/bin', 'relative'].join(':')
    const found = toolchains({
      path,
      home,
      node: join(home, '.nvm/versions/node/v24.1.0/bin/node'),
      variables: {},
    })
    expect(found.paths.toSorted()).toEqual(
      ['.cargo/bin', '.local/bin', '.nvm/versions/node/v24.1.0', '.rustup'].map((path) => join(home, path)),
    )
    expect(found.path.split(':')[0]).toBe(join(home, '.nvm/versions/node/v24.1.0/bin'))
    expect(found.path).not.toContain('private')
    expect(found.env).toEqual({ RUSTUP_HOME: join(home, '.rustup') })
  })
})

describe('cgroups of version 2', () => {
  it('get every limit, before a process enters', () => {
    const folder = join(base, 'cgroup')
    mkdirSync(folder)
    const group = makeCgroup({ version: 2, memory: folder, pids: null }, defaultLimits)
    const own = group.procs[0]?.replace(/\/cgroup\.procs$/, '') ?? ''
    expect(existsSync(own)).toBe(true)
    writeFileSync(join(own, 'memory.events'), 'low 0\noom 3\noom_kill 2\noom_group_kill 1\n')
    expect(group.oomKills()).toBe(2)
    writeFileSync(join(own, 'cgroup.kill'), '')
    group.kill()
    expect(readFileSync(join(own, 'cgroup.kill'), 'utf8')).toBe('1')
  })
})

describe('selection', () => {
  it('takes none only by its name', async () => {
    expect((await selectSandbox({ choice: 'none' })).sandbox?.name).toBe('none')
    const auto = await selectSandbox({ choice: 'auto' })
    expect(auto.sandbox?.name).not.toBe('none')
    expect(auto.reports.length).toBeGreaterThan(0)
    expect(await selectSandbox({ choice: 'auto' })).toBe(auto)
  })

  it('says why nothing works, with the mend', async () => {
    const { sandbox, reports } = await selectSandbox({
      choice: 'docker',
      image: 'localhost/devpilot-no-such-image:0',
    })
    expect(sandbox).toBeNull()
    expect(reports[0]?.works).toBe(false)
    expect(commandsRefused(reports)).toMatch(/docker.*\n.*sandbox: \{ adapter: none \}/s)
  })

  it('reads a probe that saw the host as not isolating', () => {
    const result = {
      exitCode: 0,
      signal: null,
      stderr: '',
      droppedBytes: { stdout: 0, stderr: 0 },
      durationMs: 1,
      ended: null,
    } as const
    const said = 'uid=0\noutside=seen\nshadow=seen\nhost=seen\nnets=3\n'
    expect(readProbe({ ...result, stdout: said })).toEqual({
      filesystem: false,
      network: false,
      processes: false,
      user: false,
    })
    expect(readProbe({ ...result, stdout: '', exitCode: 1, stderr: 'a\nbwrap: no permission\n' })).toBe(
      'bwrap: no permission',
    )
  })

  it('names a folder that is not there', async () => {
    for (const sandbox of [new BubblewrapSandbox(), new NoSandbox()]) {
      if (!(await sandbox.probe()).works) continue
      await expect(sandbox.run({ command: 'true', workspace: join(base, 'gone') })).rejects.toThrow(/gone/)
    }
  })
})

describe('none', () => {
  it('runs at the host path with a clean environment, mounts as links that go again', async () => {
    const workspace = join(base, 'w')
    const deps = join(base, 'deps')
    mkdirSync(workspace)
    mkdirSync(deps)
    writeFileSync(join(deps, 'x'), 'dep')
    process.env.DEVPILOT_UNIT_SECRET = 'very-secret'
    const result = await new NoSandbox().run({
      command: 'pwd; cat node_modules/x /workspace/node_modules/x; echo "$P"; env',
      workspace,
      env: { P: '/workspace/bin' },
      mounts: [{ source: deps, target: '/workspace/node_modules', writable: false }],
    })
    delete process.env.DEVPILOT_UNIT_SECRET
    expect(result.stdout.startsWith(`${workspace}\ndepdep${workspace}/bin\n`)).toBe(true)
    expect(result.stdout).not.toContain('very-secret')
    expect(existsSync(join(workspace, 'node_modules'))).toBe(false)
  })
})
