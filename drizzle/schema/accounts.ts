import { sql } from 'drizzle-orm'
import { index, integer, pgTable, primaryKey, text, timestamp, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { type KeyScope, roleNames } from '@/lib/core/access'
import { jsonb, prose } from './columns'

const at = (name: string) => timestamp(name, { withTimezone: true, mode: 'date', precision: 3 })

/**
 * People. `owner` is there from the start: whoever holds the installation's token. All others have a UUID. They are
 * disabled, never deleted: the record names them.
 */
export const users = pgTable(
  'users',
  {
    id: text().primaryKey(),
    name: prose().notNull(),
    /** In small letters; what a password goes with. */
    email: text(),
    role: text({ enum: roleNames }).notNull(),
    /** See lib/services/users/password.ts. Secret: drizzle/policies.ts. */
    password: text(),
    invitedBy: text('invited_by'),
    createdAt: at('created_at').notNull().defaultNow(),
    disabledAt: at('disabled_at'),
  },
  (t) => [
    uniqueIndex('users_email').on(t.email),
    index('users_active').on(t.role).where(sql`disabled_at is null`),
  ],
)

const userId = () =>
  text('user_id')
    .notNull()
    .references(() => users.id, { onDelete: 'cascade' })

/** Accounts elsewhere that sign somebody in. */
export const identities = pgTable(
  'identities',
  {
    provider: text({ enum: ['github'] }).notNull(),
    /** Who it is there, by a number that never changes; names do. */
    subject: text().notNull(),
    userId: userId(),
    login: prose().notNull(),
    createdAt: at('created_at').notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.provider, t.subject] }), index('identities_user').on(t.userId)],
)

export const sessionKindNames = ['token', 'password', 'github', 'invitation'] as const

/** A browser that is signed in. Its cookie names the row, and every request looks at it. */
export const sessions = pgTable(
  'sessions',
  {
    id: uuid().primaryKey(),
    userId: userId(),
    /** How it was begun. */
    kind: text({ enum: sessionKindNames }).notNull(),
    /** What the browser calls itself. */
    agent: prose().notNull(),
    createdAt: at('created_at').notNull().defaultNow(),
    seenAt: at('seen_at').notNull().defaultNow(),
    expiresAt: at('expires_at').notNull(),
    endedAt: at('ended_at'),
  },
  (t) => [index('sessions_user').on(t.userId, t.createdAt.desc()).where(sql`ended_at is null`)],
)

/** Keys of the API: `dp_<prefix>_<secret>`. */
export const apiKeys = pgTable(
  'api_keys',
  {
    id: uuid().primaryKey(),
    /** Who made it, and in whose name it acts. */
    userId: userId(),
    name: prose().notNull(),
    prefix: text().notNull().unique(),
    /** SHA-256 of the whole key. Secret. */
    hash: text().notNull(),
    scopes: jsonb().$type<KeyScope[]>().notNull(),
    createdAt: at('created_at').notNull().defaultNow(),
    expiresAt: at('expires_at'),
    /** Written once a minute at most. */
    usedAt: at('used_at'),
    revokedAt: at('revoked_at'),
    revokedBy: text('revoked_by'),
  },
  (t) => [index('api_keys_user').on(t.userId, t.createdAt.desc())],
)

/** Links that let somebody in, once: a newcomer, or a member whose password is lost. */
export const invitations = pgTable(
  'invitations',
  {
    id: uuid().primaryKey(),
    role: text({ enum: roleNames }).notNull(),
    /** Where given, only this address can be joined with. */
    email: text(),
    /** Where given, nobody joins: this account of that address gets a new password. */
    forUser: text('for_user'),
    /** SHA-256 of the link's code. Secret. */
    hash: text().notNull().unique(),
    createdBy: text('created_by').notNull(),
    createdAt: at('created_at').notNull().defaultNow(),
    expiresAt: at('expires_at').notNull(),
    usedAt: at('used_at'),
    usedBy: text('used_by'),
    revokedAt: at('revoked_at'),
  },
  (t) => [index('invitations_created').on(t.createdAt.desc(), t.id.desc())],
)

/** Wrong passwords by whom they were tried for, whether there is such a person or not; old rows are swept. */
export const signInAttempts = pgTable('sign_in_attempts', {
  /** SHA-256 of the address. */
  key: text().primaryKey(),
  count: integer().notNull().default(1),
  since: at('since').notNull().defaultNow(),
})
