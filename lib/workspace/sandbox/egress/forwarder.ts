/** Where the proxy's socket is shown inside, and the port that it is offered on in the sandbox's own loopback. */
export const EGRESS_SOCKET = '/run/devpilot/proxy.sock'
export const EGRESS_PORT = 3128

/**
 * Runs inside: programs speak to proxies over TCP only, so a port of the sandbox's own loopback is joined to the
 * socket. A text and not a file, because a bundled server has no such file at hand.
 */
const script = `
const net = require('node:net')
const { spawn } = require('node:child_process')
const [socket, port, ...command] = process.argv.slice(1)
const server = net.createServer({ allowHalfOpen: true }, (near) => {
  const far = net.connect({ path: socket, allowHalfOpen: true })
  near.on('error', () => far.destroy())
  far.on('error', () => near.destroy())
  near.pipe(far)
  far.pipe(near)
})
server.on('error', (error) => { console.error('devpilot: ' + error.message); process.exit(125) })
server.listen(Number(port), '127.0.0.1', () => {
  const child = spawn(command[0], command.slice(1), { stdio: 'inherit' })
  child.on('error', (error) => { console.error('devpilot: ' + error.message); process.exit(127) })
  child.on('exit', (code, signal) => process.exit(signal ? 128 + require('node:os').constants.signals[signal] : code))
})
`

/** The command with the forwarder in front. `node` is a path inside the sandbox. */
export function forwarded(node: string, command: readonly string[]): string[] {
  return [node, '-e', script, '--', EGRESS_SOCKET, String(EGRESS_PORT), ...command]
}

/** Variables that make package managers use the proxy: each tool has its own idea of their names. */
export function proxyEnv(port: number = EGRESS_PORT): Record<string, string> {
  const url = `http://127.0.0.1:${port}`
  const inner = 'localhost,127.0.0.1,::1'
  const java = ['http', 'https']
    .map((kind) => `-D${kind}.proxyHost=127.0.0.1 -D${kind}.proxyPort=${port}`)
    .join(' ')
  return {
    HTTP_PROXY: url,
    HTTPS_PROXY: url,
    http_proxy: url,
    https_proxy: url,
    NO_PROXY: inner,
    no_proxy: inner,
    npm_config_proxy: url,
    npm_config_https_proxy: url,
    npm_config_noproxy: inner,
    YARN_HTTP_PROXY: url,
    YARN_HTTPS_PROXY: url,
    CARGO_HTTP_PROXY: url,
    MAVEN_OPTS: java,
    GRADLE_OPTS: java,
    NODE_USE_ENV_PROXY: '1',
  }
}
