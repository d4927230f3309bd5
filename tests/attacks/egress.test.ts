import { createServer, type Server } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isolating } from './adapters'
import { makePlace, type Place } from './fixture'

const sandboxes = await isolating()

/** Prints the status that the proxy or the target gave, over CONNECT for https. */
function fetchStatus(url: string): readonly string[] {
  return [
    'curl',
    '--silent',
    '--noproxy',
    '',
    '--output',
    '/dev/null',
    '--max-time',
    '10',
    '--write-out',
    '%{http_code} %{http_connect}',
    url,
  ]
}

describe.each(sandboxes)('egress of $name', (sandbox) => {
  let place: Place
  let server: Server
  let port = 0
  beforeAll(async () => {
    place = makePlace()
    server = createServer((request, answer) =>
      answer.end(`${request.method} ${request.url} ${request.headers.host}`),
    )
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    port = typeof address === 'object' && address ? address.port : 0
  })
  afterAll(() => {
    server.close()
    place.remove()
  })

  it('reaches a host that is named with its port, over plain HTTP and through a tunnel', async () => {
    // `localhost` is exempt from proxies inside, as every tool has it: the test asks by the proxy itself.
    const proxy = ['curl', '--silent', '--noproxy', '', '--proxy', 'http://127.0.0.1:3128']
    const egress = [`localhost:${port}`]
    const plain = await place.run(sandbox, [...proxy, `http://localhost:${port}/a?b=c`], { egress })
    expect(plain).toMatchObject({ exitCode: 0, stdout: `GET /a?b=c localhost:${port}` })
    const tunnel = await place.run(sandbox, [...proxy, '--proxytunnel', `http://localhost:${port}/t`], {
      egress,
    })
    expect(tunnel).toMatchObject({ exitCode: 0, stdout: `GET /t localhost:${port}` })
  })

  it('refuses every other host with 403 and says so on stderr', async () => {
    const plain = await place.run(sandbox, fetchStatus('http://example.com/'), { egress: ['example.org'] })
    expect(plain.stdout).toBe('403 000')
    expect(plain.stderr).toContain('egress refused: example.com:80')
    const tunnel = await place.run(sandbox, fetchStatus('https://example.com/'), { egress: ['example.org'] })
    expect(tunnel.stdout).toBe('000 403')
    expect(tunnel.stderr).toContain('egress refused: example.com:443')
  })

  it.each([
    'http://169.254.169.254/latest/meta-data',
    'https://10.0.0.1/',
    'http://[::1]/',
    'http://2130706433/',
    'http://0x7f.1/',
  ])('refuses %s', async (url) => {
    const result = await place.run(sandbox, fetchStatus(url), { egress: ['example.org'] })
    expect(result.stdout).toMatch(/^(403 000|000 403)$/)
  })

  it('refuses an allowed name that leads to a private address, and another port of an allowed host', async () => {
    const proxied = [
      'curl',
      '--silent',
      '--noproxy',
      '',
      '--proxy',
      'http://127.0.0.1:3128',
      '--write-out',
      '%{http_code}',
      '--output',
      '/dev/null',
    ]
    const inner = await place.run(sandbox, [...proxied, 'http://localhost/'], { egress: ['localhost'] })
    expect(inner.stdout).toBe('403')
    expect(inner.stderr).toContain('private address')
    const other = await place.run(sandbox, [...proxied, `http://localhost:${port}/`], {
      egress: [`localhost:${port + 1}`],
    })
    expect(other.stdout).toBe('403')
  })

  it('offers no way round the proxy: direct addresses, the host itself, names', async () => {
    const code = `require('net').connect(${port},'127.0.0.1').on('connect',()=>process.exit(0)).on('error',()=>process.exit(9))`
    const direct = await place.run(sandbox, ['node', '-e', code], { egress: [`localhost:${port}`] })
    expect(direct.exitCode).toBe(9)
    const name = await place.run(
      sandbox,
      ['node', '-e', "require('dns').lookup('example.org',(e)=>process.exit(e?9:0))"],
      {
        egress: ['example.org'],
      },
    )
    expect(name.exitCode).toBe(9)
  })

  it('passes exit codes and signals through the forwarder', async () => {
    const egress = ['example.org']
    expect((await place.run(sandbox, 'exit 42', { egress })).exitCode).toBe(42)
    expect((await place.run(sandbox, 'kill -TERM $$', { egress })).exitCode).toBe(143)
    expect((await place.run(sandbox, ['no-such-program'], { egress })).exitCode).toBe(127)
  })

  it('names the entry that is not a host', async () => {
    await expect(place.run(sandbox, 'true', { egress: ['https://example.org/x'] })).rejects.toMatchObject({
      code: 'bad_config',
    })
  })
})
