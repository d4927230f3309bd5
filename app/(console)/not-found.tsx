import { Missing } from '@/components/shell/missing'
import { TopBar } from '@/components/shell/top-bar'

export default function NotFound() {
  return (
    <>
      <TopBar crumbs={[{ label: 'Home', href: '/' }, { label: 'Nothing here' }]} />
      <Missing />
    </>
  )
}
