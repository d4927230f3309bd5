/** Who tells this program of what happened elsewhere. */
export const webhookSourceNames = ['github'] as const

/** Who sends them, where nobody is known. */
export const GITHUB = { kind: 'system', id: 'github', name: 'GitHub' } as const

/** What becomes of a delivery: worked on, something came of it, nothing was to, or it could not be worked on. */
export const deliveryStatusNames = ['waiting', 'handled', 'ignored', 'failed'] as const
export type DeliveryStatus = (typeof deliveryStatusNames)[number]

/** The work on them, by its name among the duties. */
export const WEBHOOKS_DUTY = 'webhooks'
