/** What somebody may be in an installation, the least first. */
export const roleNames = ['viewer', 'supervisor', 'admin'] as const
export type RoleName = (typeof roleNames)[number]

/** What a key can be given. */
export const keyScopes = ['read', 'ingest', 'trigger', 'approve', 'admin'] as const
export type KeyScope = (typeof keyScopes)[number]

/** What each role holds; a key holds what it was given of what its maker's role holds now. */
export const roleGrants: Readonly<Record<RoleName, readonly KeyScope[]>> = {
  viewer: ['read'],
  supervisor: ['read', 'ingest', 'trigger', 'approve'],
  admin: keyScopes,
}

/** The least role that holds all of these: what the database is asked as. */
export function leastRole(grants: readonly string[]): RoleName {
  const wanted = keyScopes.filter((scope) => grants.includes(scope))
  return roleNames.find((role) => wanted.every((scope) => roleGrants[role].includes(scope))) ?? 'admin'
}

/** The one user of an installation without accounts, and whoever holds the token of one with accounts. */
export const OWNER_ID = 'owner'
