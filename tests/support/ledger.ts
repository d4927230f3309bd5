import { eq } from 'drizzle-orm'
import { budgetAccounts } from '@/drizzle/schema'
import type { Account } from '@/lib/core/budget'
import type { Db } from '@/lib/db/client'

/** What an account has left. */
export async function accountOf(db: Db, key: string): Promise<Account | null> {
  const [row] = await db.select().from(budgetAccounts).where(eq(budgetAccounts.key, key))
  return row ?? null
}
