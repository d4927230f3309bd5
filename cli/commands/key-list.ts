import type { KeyView } from '@/lib/services/keys/view'
import { withApi } from '../connect'
import type { Invocation } from '../invocation'
import { asTyped } from '../say'
import { ago, short, table } from '../text'

/** API keys, the newest first, without what opens anything. */
export async function command({ io }: Invocation): Promise<number> {
  return withApi(io, async (api) => {
    const all: KeyView[] = []
    let cursor: string | undefined
    do {
      const page = await api.listKeys({ limit: 200, ...(cursor === undefined ? {} : { cursor }) })
      all.push(...page.items)
      cursor = page.next ?? undefined
    } while (cursor !== undefined)
    io.data({ items: all, next: null }, () =>
      table(
        all.map((key) => [
          `  dp_${key.prefix}`,
          short(key.name, 30),
          key.scopes.join(','),
          io.paint(key.state === 'active' ? 'green' : 'gray', key.state),
          key.expiresAt === null ? 'no end' : `until ${key.expiresAt.slice(0, 10)}`,
          key.usedAt === null ? 'never used' : `used ${ago(key.usedAt)}`,
          short(key.user.name, 20),
        ]),
      ),
    )
    if (all.length === 0) io.note(asTyped('No keys: `devpilot key create <name>` makes one.'))
    return 0
  })
}
