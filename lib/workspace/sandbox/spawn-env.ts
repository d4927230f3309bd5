/**
 * Exactly these variables for a child. The cast drops Next's claim that NODE_ENV is always set: it must not be set
 * here, or it would reach the commands.
 */
export function spawnEnv(variables: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  return { ...variables } as unknown as NodeJS.ProcessEnv
}
