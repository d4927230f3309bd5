import { limitsOf } from '@/lib/core/config'
import type { ForkReaders } from '@/lib/services/runs/fork-input'
import { parseConfig } from '@/lib/workspace/config/parse'
import { checkedPrompt } from './prompts'

/** How this program reads the prompts and the configuration that a fork brings along. */
export const forkReaders: ForkReaders = {
  prompt: checkedPrompt,
  limits: (text) => limitsOf(parseConfig(text, 'config')),
}
