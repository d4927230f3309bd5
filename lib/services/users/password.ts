import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { z } from 'zod'

/** What is used for new passwords; 32 MB and some 80 ms each (OWASP's cheat sheet on storing passwords). */
const COST = { N: 2 ** 15, r: 8, p: 3 } as const
const KEY_BYTES = 32

const derive = promisify<string, Buffer, number, { N: number; r: number; p: number; maxmem: number }, Buffer>(
  scrypt,
)

/** A password that may be chosen; length is what counts. */
export const newPassword = z
  .string()
  .min(10, 'at least 10 characters')
  .max(200, 'at most 200 characters')
  .refine((text) => new Set(text).size > 3, 'more than three different characters')

/** `scrypt$N$r$p$salt$key`: the parameters stand beside the hash, so that they can be raised for later ones. */
export async function hashPassword(password: string): Promise<string> {
  const { N, r, p } = COST
  const salt = randomBytes(16)
  const key = await derive(normal(password), salt, KEY_BYTES, { N, r, p, maxmem: memory(COST) })
  return ['scrypt', N, r, p, salt.toString('base64url'), key.toString('base64url')].join('$')
}

/** Whether it is the password of this hash. Without a hash it takes as long, and is false. */
export async function checkPassword(password: string, hash: string | null): Promise<boolean> {
  const [, n, r, p, salt, key] = /^scrypt\$(\d+)\$(\d+)\$(\d+)\$([\w-]+)\$([\w-]+)$/.exec(hash ?? '') ?? []
  const expected = Buffer.from(key ?? '', 'base64url')
  const cost = key === undefined ? COST : { N: Number(n), r: Number(r), p: Number(p) }
  const made = await derive(
    normal(password.slice(0, 1_000)),
    Buffer.from(salt ?? 'nobody', 'base64url'),
    KEY_BYTES,
    {
      ...cost,
      maxmem: memory(cost),
    },
  )
  return expected.length === made.length && timingSafeEqual(made, expected)
}

/** Twice what it needs, and a little: Node asks for a bound. */
const memory = ({ N, r }: { readonly N: number; readonly r: number }) => 256 * N * r + 2 ** 20

/** The same letters may come as one character or as two. */
const normal = (password: string) => password.normalize('NFKC')
