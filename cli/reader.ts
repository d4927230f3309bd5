import { exitCodes } from './exit-codes'

const streams = [process.stdout, process.stderr]

/** `devpilot runs --json | head -1` closes our output early: that is no error. */
export function endWithReader(): void {
  for (const stream of streams) stream.on('error', end)
}

/** The lines of a worker are its log: it works on when nobody reads them any more. */
export async function outliveReader(): Promise<void> {
  for (const stream of streams) stream.off('error', end)
  const { outliveReaders } = await import('@/lib/log')
  outliveReaders()
}

function end(error: NodeJS.ErrnoException): void {
  process.exit(error.code === 'EPIPE' ? exitCodes.ok : exitCodes.error)
}
