import { BubblewrapSandbox } from '@/lib/workspace/sandbox/bubblewrap'
import { ContainerSandbox } from '@/lib/workspace/sandbox/container'
import { NoSandbox } from '@/lib/workspace/sandbox/none'
import type { Sandbox } from '@/lib/workspace/sandbox/sandbox'

/** A DevPilot in small that runs one command: the test kills it by SIGKILL. Arguments: adapter, workspace, command. */
const [name = '', workspace = '', command = ''] = process.argv.slice(2)

function adapter(): Sandbox {
  switch (name) {
    case 'bubblewrap':
      return new BubblewrapSandbox()
    case 'podman':
    case 'docker':
      return new ContainerSandbox(name)
    default:
      return new NoSandbox()
  }
}

await adapter().run({ command, workspace })
