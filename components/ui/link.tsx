import NextLink from 'next/link'
import type { ComponentProps } from 'react'

/**
 * A link within the app. It asks for nothing ahead: every page is made when it is asked for, so what Next could fetch
 * before is the names of its segments, and the two skeletons that there are (they come with the first bytes instead),
 * with a request for each link, at each refresh anew.
 */
export function Link(props: Omit<ComponentProps<typeof NextLink>, 'prefetch'>) {
  return <NextLink {...props} prefetch={false} />
}
