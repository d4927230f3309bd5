import { AppError } from '@/lib/errors'

/** Which database is meant, for messages: never its password. */
export interface DatabasePlace {
  /** The environment variable that names it. */
  readonly variable: string
  readonly host: string
  readonly database: string
  readonly user: string
}

/** @throws AppError('bad_config') for a URL that is none; what stands in it is not repeated. */
export function placeOf(url: string, variable: string): DatabasePlace {
  try {
    const { host, pathname, username, searchParams } = new URL(url)
    return {
      variable,
      host: searchParams.get('host') ?? host,
      database: decodeURIComponent(pathname.slice(1)) || decodeURIComponent(username),
      user: decodeURIComponent(username),
    }
  } catch (cause) {
    throw new AppError('bad_config', `${variable} is no URL of a database.`, {
      place: variable,
      mend: `Write postgres://user:password@host:5432/database; signs such as @ / : # % in the password stand as %40 %2F %3A %23 %25.`,
      cause,
    })
  }
}

interface Refusal {
  /** What the driver, the system or the server calls it. */
  readonly when: RegExp
  readonly said: (place: DatabasePlace) => string
  readonly mend: (place: DatabasePlace) => string
  /** It may be another matter in a minute. */
  readonly passing?: true
}

/** Codes of PostgreSQL (manual, appendix A), of the system, and the drivers' own words. */
const refusals: readonly Refusal[] = [
  {
    when: /^ECONNREFUSED/,
    said: ({ host }) => `No database server answers at ${host}.`,
    mend: ({ variable }) => `Start it, or correct host and port in ${variable}.`,
    passing: true,
  },
  {
    when: /^(?:ENOTFOUND|EAI_AGAIN)/,
    said: ({ host }) => `The database host ${host} is not known.`,
    mend: ({ variable }) => `Correct the host in ${variable}, or see to this machine's name service.`,
    passing: true,
  },
  {
    when: /^(?:ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)|timeout expired|timeout exceeded|due to connection timeout/,
    said: ({ host }) => `The database server at ${host} did not answer in time.`,
    mend: ({ variable }) => `See whether a firewall lies between, or correct host and port in ${variable}.`,
    passing: true,
  },
  {
    when: /^(?:28P01|28000)/,
    said: ({ host, user }) => `The database server at ${host} does not let "${user}" in with this password.`,
    mend: ({ variable }) => `Correct user and password in ${variable}, or the server's pg_hba.conf.`,
  },
  {
    when: /^3D000/,
    said: ({ host, database }) => `There is no database "${database}" at ${host}.`,
    mend: ({ variable, database }) => `Make it (createdb ${database}), or correct the name in ${variable}.`,
  },
  {
    when: /^(?:42501|3F000)/,
    said: ({ user, database }) => `"${user}" may not make tables in the database "${database}".`,
    mend: ({ user }) => `As its owner: GRANT USAGE, CREATE ON SCHEMA public TO "${user}";`,
  },
  {
    when: /^53300/,
    said: ({ host }) => `The database server at ${host} takes no more connections.`,
    mend: () => 'Raise its max_connections, or run fewer processes.',
    passing: true,
  },
  {
    when: /^57P03/,
    said: ({ host }) => `The database server at ${host} is starting or stopping.`,
    mend: () => 'Try again in a moment.',
    passing: true,
  },
  {
    when: /^53100|^ENOSPC/,
    said: ({ host }) => `The disk of the database server at ${host} is full.`,
    mend: () => 'Free some space there, then start again: nothing was left half-done.',
    passing: true,
  },
  {
    when: /^25006/,
    said: ({ host, database }) => `The database "${database}" at ${host} is read-only.`,
    mend: ({ variable }) => `Let ${variable} name the primary, or set default_transaction_read_only to off.`,
    passing: true,
  },
  {
    when: /does not support SSL|^(?:DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY|CERT_|ERR_TLS)/,
    said: ({ host }) => `No trusted TLS connection to the database server at ${host} can be made.`,
    mend: ({ variable }) =>
      `Set sslmode in ${variable} (disable, no-verify, verify-full) and NODE_EXTRA_CA_CERTS for an authority of your own.`,
  },
]

/**
 * Why a database could not be opened, with the variable that names it and the mend.
 * @returns the error as it is when it is none of the known ones
 */
export function openingError(error: unknown, place: DatabasePlace): unknown {
  if (error instanceof AppError && error.code !== 'unavailable') return error
  for (const cause of causesOf(error)) {
    const words = wordsOf(cause)
    const found = refusals.find(({ when }) => words.some((word) => when.test(word)))
    if (found)
      return new AppError(found.passing ? 'unavailable' : 'bad_config', found.said(place), {
        place: place.variable,
        mend: found.mend(place),
        transient: found.passing === true,
        cause: error,
      })
  }
  return error
}

/** An error and what lies under it: Drizzle wraps the driver's, a socket over several addresses holds one for each. */
function causesOf(error: unknown): unknown[] {
  if (typeof error !== 'object' || error === null) return [error]
  const inner = [
    ...('cause' in error && error.cause !== undefined ? [error.cause] : []),
    // A WebSocket's error event.
    ...('error' in error && error.error instanceof Error ? [error.error] : []),
    ...('errors' in error && Array.isArray(error.errors) ? error.errors : []),
  ]
  return [error, ...inner.flatMap(causesOf)]
}

function wordsOf(error: unknown): string[] {
  if (typeof error !== 'object' || error === null) return [String(error)]
  const code = 'code' in error && typeof error.code === 'string' ? [error.code] : []
  return 'message' in error && typeof error.message === 'string' ? [...code, error.message] : code
}
