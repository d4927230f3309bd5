import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { isInner, judge, parseRule } from '@/lib/workspace/sandbox/egress/rules'
import { hostProxy, proxyFor, tunnel } from '@/lib/workspace/sandbox/egress/upstream'

describe('egress rules', () => {
  it.each(['', 'https://a.b', 'a b', 'a:0', 'a:70000', 'a/b', '*.example.org', '[::1', 'user@host'])(
    'refuses %j',
    (text) => {
      expect(() => parseRule(text)).toThrow(/not a host/)
    },
  )

  it('reads names, ports and bracketed addresses', () => {
    expect(parseRule('Registry.Example.Org.')).toEqual({ host: 'registry.example.org', port: null })
    expect(parseRule('localhost:4873')).toEqual({ host: 'localhost', port: 4873 })
    expect(parseRule('[::1]:80')).toEqual({ host: '::1', port: 80 })
  })

  it('allows only the named host, on the usual ports or its own', () => {
    const rules = ['a.example', 'b.example:8080'].map(parseRule)
    expect(judge(rules, 'A.example.', 443)).toBe('allowed')
    expect(judge(rules, 'a.example', 22)).toBe('refused')
    expect(judge(rules, 'x.a.example', 443)).toBe('refused')
    expect(judge(rules, 'a.example.evil', 443)).toBe('refused')
    expect(judge(rules, 'b.example', 8080)).toBe('inner')
    expect(judge(rules, 'b.example', 443)).toBe('refused')
  })

  it.each([
    '127.0.0.1',
    '10.1.2.3',
    '172.31.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '224.0.0.1',
    '255.255.255.255',
    '::1',
    '::',
    'fe80::1',
    'fd00::1',
    'ff02::1',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '64:ff9b::7f00:1',
    'not-an-address',
  ])('%s is inside', (address) => {
    expect(isInner(address)).toBe(true)
  })

  it.each(['1.1.1.1', '203.0.113.80', '172.32.0.1', '2606:4700::1111'])('%s is outside', (address) => {
    expect(isInner(address)).toBe(false)
  })
})

describe("the host's own proxy", () => {
  it('is read in either case, with its exceptions', () => {
    const proxy = hostProxy({
      HTTPS_PROXY: 'http://up.example:8080',
      no_proxy: 'localhost,.inner.example, 10.0.0.1',
    })
    expect(proxyFor(proxy, 'registry.example', 443)?.host).toBe('up.example:8080')
    expect(proxyFor(proxy, 'registry.example', 80)).toBeNull()
    expect(proxyFor(proxy, 'a.inner.example', 443)).toBeNull()
    expect(proxyFor(proxy, 'notinner.example', 443)?.host).toBe('up.example:8080')
    expect(proxyFor(proxy, '10.0.0.1', 443)).toBeNull()
    expect(proxyFor(hostProxy({}), 'registry.example', 443)).toBeNull()
  })

  it('tunnels with its password, and keeps bytes that come with the answer', async () => {
    let asked = ''
    const server = createServer((socket) => {
      socket.on('error', () => socket.destroy())
      socket.once('data', (chunk) => {
        asked = chunk.toString()
        socket.write('HTTP/1.1 200 OK\r\n\r\nearly')
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const socket = await tunnel(new URL(`http://me:p%40ss@127.0.0.1:${port}`), 'registry.example', 443)
    const first = await new Promise<string>((resolve) => {
      socket.once('data', (chunk) => resolve(chunk.toString()))
      socket.resume()
    })
    expect(first).toBe('early')
    expect(asked).toMatch(/^CONNECT registry\.example:443 HTTP\/1\.1\r\n/)
    expect(asked).toContain(`Basic ${Buffer.from('me:p@ss').toString('base64')}`)
    socket.destroy()
    server.close()
  })
})
