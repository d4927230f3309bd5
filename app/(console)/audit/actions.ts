'use server'

import { z } from 'zod'
import { action } from '@/lib/edge/action'
import { verifyAudit } from '@/lib/services/audit/verify'

/** Computes the chains anew; of one run, or of everything. */
export const verifyAction = action('read', z.object({ run: z.uuid().optional() }), async (ctx, { run }) =>
  verifyAudit({ ctx, input: run ? { run } : {} }),
)
