import { enableCompileCache } from 'node:module'

/** Entry for `npx tsx cli/devpilot.ts`. Nothing heavy is imported before a command is chosen. */
enableCompileCache()

// The launcher's channel closes when it dies, even by SIGKILL: nothing stays behind it, then.
if (process.channel) {
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'))
  process.channel.unref()
}

const { main } = await import('./main')
await main(process.argv.slice(2))
