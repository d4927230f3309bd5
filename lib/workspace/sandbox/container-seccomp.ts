import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { temporaryFolder } from './temporary'

const entry = z.looseObject({
  names: z.array(z.string()),
  action: z.string(),
  args: z.array(z.unknown()).nullish(),
})
const profile = z.looseObject({ syscalls: z.array(entry) })

/** Where podman's packages put their filter. Docker's own, inside its engine, forbids the same calls already. */
const places = ['/etc/containers/seccomp.json', '/usr/share/containers/seccomp.json']

/** Calls that make namespaces or mounts, or reach the kernel's keys and other processes: no build needs them. */
const forbidden = new Set([
  'unshare',
  'setns',
  'clone',
  'clone3',
  'mount',
  'mount_setattr',
  'move_mount',
  'open_tree',
  'fsopen',
  'fsconfig',
  'fsmount',
  'fspick',
  'umount',
  'umount2',
  'pivot_root',
  'keyctl',
  'add_key',
  'request_key',
  'process_vm_readv',
  'process_vm_writev',
])

/** Every CLONE_NEW... flag: `clone` is allowed when none of them is set. */
const NAMESPACE_FLAGS = 0x7e020000
const ENOSYS = 38

/**
 * Podman's filter without the calls above, as a file for `--security-opt seccomp=`. `clone3` hides its flags in
 * memory, so it is answered "no such call" and libc falls back to `clone`.
 * @returns null when this machine has no such filter; `remove` deletes the file.
 */
export function narrowedSeccomp(): { readonly file: string; remove(): void } | null {
  const place = places.find((path) => existsSync(path))
  if (place === undefined) return null
  const parsed = profile.parse(JSON.parse(readFileSync(place, 'utf8')))
  const kept = parsed.syscalls.map((rule) =>
    rule.action === 'SCMP_ACT_ALLOW'
      ? { ...rule, names: rule.names.filter((name) => !forbidden.has(name)) }
      : rule,
  )
  const own = [
    {
      names: ['clone'],
      action: 'SCMP_ACT_ALLOW',
      args: [{ index: 0, value: NAMESPACE_FLAGS, valueTwo: 0, op: 'SCMP_CMP_MASKED_EQ' }],
    },
    { names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: ENOSYS },
  ]
  const folder = temporaryFolder('seccomp')
  const file = join(folder, 'seccomp.json')
  const syscalls = [...kept.filter((rule) => rule.names.length > 0), ...own]
  writeFileSync(file, JSON.stringify({ ...parsed, syscalls }))
  return { file, remove: () => rmSync(folder, { recursive: true, force: true }) }
}
