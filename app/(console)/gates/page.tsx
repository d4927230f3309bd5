import type { Metadata } from 'next'
import { GateFilters } from '@/components/gates/gate-filters'
import { ClosedList, GateList } from '@/components/gates/gate-list'
import { type GateQuery, gateQuery } from '@/components/gates/gate-query'
import { Ignored } from '@/components/ignored'
import { href, type SearchParams } from '@/components/params'
import { CliCommand } from '@/components/shell/cli-command'
import { MainPage } from '@/components/shell/top-bar'
import { Kbd } from '@/components/ui/kbd'
import { Link } from '@/components/ui/link'
import { lookedBack, Pages } from '@/components/ui/pages'
import { Empty, Section } from '@/components/ui/panel'
import { requirePage } from '@/lib/edge/page'
import { isCursor } from '@/lib/services/cursor'
import { type GatePage, listGates } from '@/lib/services/gates/list'
import { listRepositories } from '@/lib/services/repositories/list'

export const metadata: Metadata = { title: 'Gates' }

const waitingOnPage = 30
/** What is over stands below what waits, and is seldom why somebody comes. */
const closedOnPage = 20

export default async function GatesPage({ searchParams }: { readonly searchParams: SearchParams }) {
  const ctx = await requirePage('read')
  const query = gateQuery(await searchParams, isCursor)
  const page = (limit: number, cursor: string) => ({ limit, ...wanted(query), ...(cursor ? { cursor } : {}) })
  const [mine, others, closed, repositories] = await Promise.all([
    listGates({ ctx, input: { whose: 'mine', order: 'oldest', ...page(waitingOnPage, query.mine) } }),
    listGates({ ctx, input: { whose: 'others', order: 'oldest', ...page(waitingOnPage, query.others) } }),
    listGates({ ctx, input: { status: 'closed', ...page(closedOnPage, query.closed) } }),
    listRepositories({ ctx, input: { limit: 200 } }),
  ])
  const now = Date.now()
  const filtered = query.q !== '' || query.repository !== '' || query.overdue
  const to = (name: 'mine' | 'others' | 'closed', next: string | null) =>
    next && href('/gates', { ...address(query), [name]: next })
  return (
    <MainPage title="Gates">
      <GateFilters values={query} repositories={repositories.items} />
      <Ignored parts={query.ignored} />
      <div className="space-y-7">
        <Section title="Waiting for you" aside={mine.items.length > 0 ? <Keys /> : null}>
          {mine.items.length > 0 ? (
            <GateList gates={mine.items} now={now} label="Waiting for you" />
          ) : (
            // Where not all were looked at, nothing is said of what there is not.
            mine.lookedBackTo === null && <Nothing filtered={filtered} others={others.items.length > 0} />
          )}
          <Further
            label="Pages of what waits for you"
            page={mine}
            words="Later ones"
            to={to('mine', mine.next)}
          />
        </Section>
        {holds(others) && (
          <Section title="Waiting for others">
            <GateList gates={others.items} now={now} label="Waiting for others" />
            <Further
              label="Pages of what waits for others"
              page={others}
              words="Later ones"
              to={to('others', others.next)}
            />
          </Section>
        )}
        {holds(closed) && (
          <Section title="Closed">
            <ClosedList gates={closed.items} now={now} label="Closed" />
            <Further
              label="Pages of what is closed"
              page={closed}
              words="Older gates"
              to={to('closed', closed.next)}
            />
          </Section>
        )}
      </div>
    </MainPage>
  )
}

/** There is something, or there may be: not all was looked at. */
const holds = ({ items, next }: GatePage): boolean => items.length > 0 || next !== null

interface FurtherProps {
  readonly label: string
  readonly page: GatePage
  readonly words: string
  readonly to: string | null
}

function Further({ label, page: { lookedBackTo }, words, to }: FurtherProps) {
  const note = lookedBackTo && `Few gates are like this. ${lookedBack(lookedBackTo)}`
  return <Pages label={label} note={note} to={{ [lookedBackTo ? 'Look further' : words]: to }} />
}

function wanted({ q, repository, overdue }: GateQuery) {
  return { ...(q ? { q } : {}), ...(repository ? { repository } : {}), ...(overdue ? { overdue } : {}) }
}

function address({ q, repository, overdue, mine, others, closed }: GateQuery) {
  return { q, repository, overdue: overdue ? '1' : '', mine, others, closed }
}

function Nothing({ filtered, others }: { readonly filtered: boolean; readonly others: boolean }) {
  if (filtered)
    return (
      <Empty title="No gate is like that and waits for you">
        <Link href="/gates" className="text-accent hover:underline">
          Show all gates
        </Link>
      </Empty>
    )
  return (
    <Empty title={others ? 'Nothing waits for you' : 'Nothing waits for a decision'}>
      <p className="mb-3">A run that needs people stops here. The same from a terminal:</p>
      <CliCommand>gate list</CliCommand>
    </Empty>
  )
}

function Keys() {
  return (
    <span className="hidden items-center gap-1 text-xs sm:flex">
      <Kbd>j</Kbd>
      <Kbd>k</Kbd> choose <Kbd>↵</Kbd> open
    </span>
  )
}
