/** Runs once when the server starts: opens the database and starts the worker of this process. */
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME !== 'nodejs') return
  const { startServer } = await import('@/lib/runtime/server')
  await startServer()
}
