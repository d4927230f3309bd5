import { renderToStaticMarkup } from 'react-dom/server'
import { describe, expect, it } from 'vitest'
import { WebhookDetailView } from '@/components/settings/webhooks/webhook-detail'

const id = '00000000-0000-4000-8000-000000000001'
const drawn = (payload: unknown) =>
  renderToStaticMarkup(
    <WebhookDetailView
      webhook={{
        id,
        source: 'github',
        delivery: 'd',
        event: 'issues',
        action: null,
        repositoryName: null,
        repository: null,
        status: 'waiting',
        note: null,
        run: null,
        attempts: 0,
        dueAt: null,
        receivedAt: '2026-11-27T10:00:00.000Z',
        handledAt: null,
        payload,
      }}
      now={0}
      redeliver={() => expect.fail('not asked')}
    />,
  )

describe('the payload of a webhook', () => {
  it('is sent to the page in its beginning alone where it is long, with the way to all of it', () => {
    const text = drawn({ body: 'x'.repeat(2_000_000) })
    expect(text.length).toBeLessThan(40_000)
    expect(text).toContain('The first 30,000 of 2,000,')
    expect(text).toContain(`href="/api/webhooks/deliveries/${id}"`)
  })

  it('is there whole where it is short', () => {
    const text = drawn({ title: '<b>\u202e' })
    expect(text).toContain('&lt;b&gt;‹U+202E›')
    expect(text).not.toContain('The first')
  })
})
