import type { Actor } from '@/lib/core/trigger'

/** Who a signed-in person is in the record. */
export function actorOf({ id, name }: { readonly id: string; readonly name: string }, via: string): Actor {
  return { kind: 'user', id, name, via }
}
