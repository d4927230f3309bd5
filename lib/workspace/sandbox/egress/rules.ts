import { BlockList, isIP } from 'node:net'
import { AppError } from '@/lib/errors'

/** An allowed target. Without a port 80 and 443 are meant, and never a private address. */
export interface EgressRule {
  readonly host: string
  readonly port: number | null
}

const plainPorts = [80, 443]

/** Loopback, private, shared, link-local (the clouds' metadata services), multicast and unspecified addresses. */
const inner = new BlockList()
for (const [net, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
] as const) {
  inner.addSubnet(net, bits, 'ipv4')
}
for (const [net, bits] of [
  ['::', 127],
  ['64:ff9b::', 96],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const) {
  inner.addSubnet(net, bits, 'ipv6')
}

/**
 * Reads `name`, `name:port`, `[ipv6]` or `[ipv6]:port`.
 * @throws AppError('bad_config') that names the entry.
 */
export function parseRule(text: string): EgressRule {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9._-]+))(?::(\d{1,5}))?$/.exec(text.trim())
  const host = (match?.[1] ?? match?.[2])?.toLowerCase().replace(/\.$/, '')
  const port = match?.[3] === undefined ? null : Number(match[3])
  if (!host || (port !== null && (port < 1 || port > 65_535))) {
    throw new AppError('bad_config', `"${text}" is not a host that egress can be allowed to.`, {
      place: 'sandbox.egress',
      mend: 'Write a host name or a host name with a port, such as registry.example.org or localhost:4873.',
    })
  }
  return { host, port }
}

/** `allowed` for public addresses, `inner` where the rule names host and port itself and so may lead inside. */
export function judge(
  rules: readonly EgressRule[],
  host: string,
  port: number,
): 'refused' | 'allowed' | 'inner' {
  const name = host.toLowerCase().replace(/\.$/, '')
  const named = rules.filter((rule) => rule.host === name)
  if (named.some((rule) => rule.port === port)) return 'inner'
  return named.some((rule) => rule.port === null) && plainPorts.includes(port) ? 'allowed' : 'refused'
}

/** Whether an address literal lies on this machine or in a private network. Not an address at all counts as inner. */
export function isInner(address: string): boolean {
  const family = isIP(address)
  if (family === 0) return true
  if (family === 4) return inner.check(address, 'ipv4')
  const mapped = /^::ffff:(?:0:)?(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped !== undefined) return inner.check(mapped, 'ipv4')
  return /^::ffff:/i.test(address) || inner.check(address, 'ipv6')
}
