import { buttonClass } from '@/components/ui/button'
import { Link } from '@/components/ui/link'

/** A page that the role of who is signed in does not open. */
export default function Forbidden() {
  return (
    <main
      id="content"
      className="flex flex-1 flex-col items-center justify-center gap-3 px-4 py-24 text-center"
    >
      <h1 className="text-lg font-semibold">Your role does not open this page</h1>
      <p className="max-w-prose text-muted">An admin can give you another role under Settings, Members.</p>
      <Link href="/" className={buttonClass('primary')}>
        Go home
      </Link>
    </main>
  )
}
