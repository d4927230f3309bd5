import { answerNextAuth } from '@/lib/auth/next-auth'
import { signInRoute } from '@/lib/edge/route'

export const GET = signInRoute({
  summary: 'Signing in through GitHub: what next-auth asks and answers',
  handler: (request, { nextauth }) => answerNextAuth(request, [nextauth ?? []].flat()),
})

export const POST = signInRoute({
  summary: 'Begins to sign in through GitHub',
  handler: (request, { nextauth }) => answerNextAuth(request, [nextauth ?? []].flat()),
})
