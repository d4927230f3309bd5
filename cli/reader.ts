import { exitCodes } from './exit-codes'

/** `devpilot runs --json | head -1` closes our output early: that is no error. Notes that nobody reads are lost. */
export function endWithReader(): void {
  process.stdout.on('error', end)
  process.stderr.on('error', ignore)
}

/** The lines of a worker are its log: it works on when nobody reads them any more. */
export function workUnread(): void {
  process.stdout.on('error', ignore).off('error', end)
}

function end(error: NodeJS.ErrnoException): void {
  process.exit(error.code === 'EPIPE' ? exitCodes.ok : exitCodes.error)
}

const ignore = () => undefined
