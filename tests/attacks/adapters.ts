import { BubblewrapSandbox } from '@/lib/workspace/sandbox/bubblewrap'
import { ContainerSandbox } from '@/lib/workspace/sandbox/container'
import { NoSandbox } from '@/lib/workspace/sandbox/none'
import type { Sandbox } from '@/lib/workspace/sandbox/sandbox'
import { requires } from '../support/require'

/** The adapters that keep things apart and work on this machine; the others are said loudly. */
export async function isolating(): Promise<Sandbox[]> {
  const all: Sandbox[] = [
    new BubblewrapSandbox(),
    new ContainerSandbox('podman'),
    new ContainerSandbox('docker'),
  ]
  const working: Sandbox[] = []
  for (const sandbox of all) {
    const report = await sandbox.probe()
    if (requires(sandbox.name, report.works, report.detail)) working.push(sandbox)
  }
  return working
}

/** Those and `none`, for what every adapter promises. */
export async function everyOne(): Promise<Sandbox[]> {
  return [...(await isolating()), new NoSandbox()]
}
