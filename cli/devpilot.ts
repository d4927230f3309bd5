import { enableCompileCache } from 'node:module'

/** Entry for `npx tsx cli/devpilot.ts`. Nothing heavy is imported before a command is chosen. */
enableCompileCache()
const { main } = await import('./main')
await main(process.argv.slice(2))
