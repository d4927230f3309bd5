import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer as createHttp } from 'node:http'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isolating } from './adapters'
import { makePlace, type Place, SECRET } from './fixture'

const sandboxes = await isolating()

function listen(server: Server, at: number | string): Promise<void> {
  return new Promise((resolve) =>
    typeof at === 'number' ? server.listen(at, '127.0.0.1', resolve) : server.listen(at, resolve),
  )
}

/** A Node program that exits 0 when it reached the target. */
function dial(target: string): readonly string[] {
  const code = `require('net').connect(${target}).on('connect',()=>process.exit(0)).on('error',(e)=>{console.log(e.code);process.exit(9)});setTimeout(()=>process.exit(8),4000)`
  return ['node', '-e', code]
}

describe.each(sandboxes)('$name keeps out', (sandbox) => {
  let place: Place
  let port = 0
  const folder = mkdtempSync(join(tmpdir(), 'devpilot-sock-'))
  const unixPath = join(folder, 'host.sock')
  const servers: Server[] = []

  beforeAll(async () => {
    place = makePlace()
    const http = createHttp((_request, answer) => answer.end(SECRET))
    const plain = createServer((socket) => socket.end(SECRET))
    const abstract = createServer((socket) => socket.end(SECRET))
    await listen(http, 0)
    await listen(plain, unixPath)
    await listen(abstract, `\0devpilot-attack-${process.pid}`)
    servers.push(http, plain, abstract)
    const address = http.address()
    port = typeof address === 'object' && address ? address.port : 0
  })
  afterAll(() => {
    for (const server of servers) server.close()
    place.remove()
    rmSync(folder, { recursive: true, force: true })
  })

  /** Runs a shell line that must fail; what it printed is returned too. */
  async function refused(line: string): Promise<string> {
    const result = await place.run(sandbox, line)
    expect({ line, code: result.exitCode, out: result.stdout }).not.toMatchObject({ code: 0 })
    expect(result.stdout + result.stderr).not.toContain(SECRET)
    return result.stdout
  }

  it('works at all: writes in the workspace and the home, and says so by its exit code', async () => {
    const result = await place.run(
      sandbox,
      'echo hi > /workspace/a && echo ho > ~/b && cat /workspace/a ~/b && exit 7',
    )
    expect(result).toMatchObject({ exitCode: 7, stdout: 'hi\nho\n', ended: null })
    expect(readFileSync(join(place.workspace, 'a'), 'utf8')).toBe('hi\n')
  })

  it.each([
    ['/etc/shadow', 'cat /etc/shadow'],
    ['host accounts', 'grep -v -e ^root -e ^agent /etc/passwd'],
    ['ssh keys', 'ls /root/.ssh/* ~/.ssh/* /home/*/.ssh/* 2>/dev/null | grep .'],
    [
      'npm and cloud credentials',
      'cat /root/.npmrc /root/.aws/credentials /root/.docker/config.json /root/.cargo/credentials.toml',
    ],
    ['the private keys of /etc/ssl', 'ls /etc/ssl/private'],
    ['/var', 'ls /var/lib /var/log 2>/dev/null | grep -v -e ^misc$ | grep .'],
    ['host block devices', 'cat /dev/vda /dev/sda /dev/nvme0n1 /dev/mem /dev/kmsg | head -c 1 | grep -a .'],
    ['kernel memory', 'head -c 1 /proc/kcore | grep -a .'],
  ])('reading %s', async (_name, line) => {
    await refused(line)
  })

  it('reading another worktree, the token and DEVPILOT_HOME itself', async () => {
    await refused(`cat ${place.secret}`)
    await refused(`ls ${place.root}`)
    await refused('cat /workspace/../other/secret.txt')
    await refused('cat /proc/1/root/workspace/../other/secret.txt')
  })

  it('a link in the workspace to a host file', async () => {
    await refused(`ln -sf ${place.secret} /workspace/link && cat /workspace/link`)
    await refused('ln -sf /etc/shadow /workspace/shadow && cat /workspace/shadow')
  })

  it('the environment of DevPilot: its own, and every one in /proc', async () => {
    process.env.DEVPILOT_ATTACK_SECRET = SECRET
    try {
      const result = await place.run(
        sandbox,
        'env; cat /proc/[0-9]*/environ /proc/self/environ 2>/dev/null; true',
      )
      expect(result.stdout).toContain('HOME=/home/agent')
      expect(result.stdout).not.toContain(SECRET)
    } finally {
      delete process.env.DEVPILOT_ATTACK_SECRET
    }
  })

  it('processes of the host: none seen, none to signal or trace', async () => {
    await refused(
      `test -d /proc/${process.pid} && test "$(readlink /proc/${process.pid}/exe)" = "$(readlink ${process.execPath})"`,
    )
    await refused(`kill -0 ${process.pid}`)
    const seen = await place.run(sandbox, 'ls /proc | grep -c "^[0-9]"')
    expect(Number(seen.stdout)).toBeLessThan(10)
    await refused('test "$(cat /proc/sys/kernel/yama/ptrace_scope 2>/dev/null)" = x || cat /proc/1/mem')
  })

  it('writing kernel settings and cgroups', async () => {
    await refused('echo x > /proc/sys/kernel/core_pattern')
    await refused('echo 1 > /proc/sysrq-trigger')
    await refused('mkdir /sys/fs/cgroup/memory/x /sys/fs/cgroup/x')
  })

  it.each([
    '/etc/x',
    '/usr/x',
    '/usr/bin/x',
    '/x',
    '/dev/x',
    '/root/x',
    '/opt/x',
    '/home/x',
    '/run/x',
    '/bin/x',
  ])('writing %s', async (path) => {
    await refused(`echo x > ${path}`)
  })

  it('.git: its config, its hooks, renaming it, removing it, mounting over it', async () => {
    await refused('printf "[core]\\n\\tfsmonitor = /workspace/evil" >> /workspace/.git/config')
    await refused('echo evil > /workspace/.git/hooks/pre-commit')
    await refused('mv /workspace/.git /workspace/.git2')
    await refused('rm -rf /workspace/.git')
    await refused('mount -t tmpfs none /workspace/.git')
    expect(readFileSync(join(place.workspace, '.git/config'), 'utf8')).toBe('[core]\n\tbare = false\n')
  })

  it('a read-only workspace, with a writable mount inside it', async () => {
    const more = { workspaceWritable: false, scratch: ['/workspace/cache'] }
    const result = await place.run(
      sandbox,
      'echo x > /workspace/cache/x && cat /workspace/cache/x; echo y > /workspace/y',
      more,
    )
    expect(result).toMatchObject({ stdout: 'x\n' })
    expect(result.exitCode).not.toBe(0)
  })

  it('more rights: root, setuid, capabilities, mounts, new namespaces, device nodes', async () => {
    const who = await place.run(sandbox, 'id -u; grep -E "^Cap(Eff|Prm|Bnd)|^NoNewPrivs" /proc/self/status')
    expect(who.stdout.split('\n')[0]).not.toBe('0')
    expect(who.stdout).toMatch(/CapEff:\s+0+\n/)
    expect(who.stdout).toMatch(/NoNewPrivs:\s+1/)
    await refused('su -c id root </dev/null')
    await refused('mount -t tmpfs none /tmp')
    await refused('mount -o remount,rw /usr')
    await refused('unshare --user --map-root-user id')
    await refused('unshare --mount true')
    await refused('mknod /tmp/disk b 254 0')
    await refused('chroot /workspace true')
    await refused('cp /usr/bin/id /tmp/id && chmod u+s /tmp/id && chown 0 /tmp/id')
  })

  it('the network: loopback of the host, metadata, public addresses, names', async () => {
    const targets = [
      `${port},'127.0.0.1'`,
      "80,'169.254.169.254'",
      "53,'1.1.1.1'",
      "443,'203.0.113.80'",
      "443,'2606:4700::1111'",
    ]
    for (const target of targets) {
      const result = await place.run(sandbox, dial(target))
      expect({ target, code: result.exitCode }).toMatchObject({ code: 9 })
    }
    const name = await place.run(sandbox, [
      'node',
      '-e',
      "require('dns').lookup('example.com',(e)=>process.exit(e?9:0))",
    ])
    expect(name.exitCode).toBe(9)
    await refused('test "$(grep -c : /proc/net/dev)" -gt 1')
  })

  it('unix sockets of the host, by path and abstract', async () => {
    for (const target of [
      `'${unixPath}'`,
      `'\\0devpilot-attack-${process.pid}'`,
      "'/run/docker.sock'",
      "'/run/podman/podman.sock'",
      "'/run/dbus/system_bus_socket'",
    ]) {
      const result = await place.run(sandbox, dial(target))
      expect({ target, code: result.exitCode }).toMatchObject({ code: 9 })
    }
  })

  it('leftovers: /tmp, /dev/shm and shared memory start empty for each command', async () => {
    await place.run(sandbox, 'echo x > /tmp/left; echo x > /dev/shm/left')
    await refused('cat /tmp/left /dev/shm/left | grep .')
    await refused('test "$(ls -A /tmp /dev/shm | grep -c left)" != 0')
  })

  it('the terminal: a session of its own, no controlling terminal to type into', async () => {
    await refused('exec 3<>/dev/tty')
    const session = await place.run(sandbox, 'cut -d" " -f7 /proc/self/stat')
    expect(session.stdout).toBe('0\n')
  })

  it('descriptors of DevPilot', async () => {
    const result = await place.run(sandbox, 'ls -l /proc/self/fd')
    expect(result.stdout).not.toContain(place.root)
    expect(result.stdout).not.toMatch(/\/(root|work|home)\//)
  })

  it('a working folder outside of the workspace', async () => {
    await expect(place.run(sandbox, 'pwd', { cwd: '../other' })).rejects.toMatchObject({
      code: 'bad_request',
    })
    expect((await place.run(sandbox, 'mkdir -p sub; true')).exitCode).toBe(0)
    expect((await place.run(sandbox, 'pwd', { cwd: 'sub' })).stdout).toBe('/workspace/sub\n')
  })
})
