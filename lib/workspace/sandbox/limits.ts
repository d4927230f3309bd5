import type { SandboxLimits } from './sandbox'

const MiB = 1024 * 1024
const GiB = 1024 * MiB

/** What a command gets when its caller sets nothing. Sizes in bytes, times in milliseconds. */
export const defaultLimits: SandboxLimits = {
  timeoutMs: 120_000,
  memoryBytes: 4 * GiB,
  processes: 512,
  fileBytes: 1 * GiB,
  outputBytes: 1 * MiB,
  diskBytes: 8 * GiB,
}

/** The limits in force: the given ones over the defaults. */
export function limitsOf(partial: Partial<SandboxLimits> | undefined): SandboxLimits {
  return { ...defaultLimits, ...partial }
}

/** Size of each tmpfs: half of the memory, because its pages are memory too. */
export function scratchBytes(limits: SandboxLimits): number {
  return Math.max(16 * MiB, Math.floor(limits.memoryBytes / 2))
}

/** Arguments of `prlimit` that go before the command. Memory is not here: rlimits do not hold for a tree. */
export function prlimitArgs(limits: SandboxLimits): string[] {
  return [
    'prlimit',
    `--nproc=${limits.processes}`,
    `--fsize=${limits.fileBytes}`,
    '--nofile=8192',
    '--core=0',
    '--',
  ]
}
