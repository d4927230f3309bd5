'use client'

import { Command } from '@/components/ui/copy'
import { useReader } from './console'

/** A command of DevPilot's own, as it is typed for this installation. */
export function CliCommand({ children }: { readonly children: string }) {
  return <Command text={`${useReader().program} ${children}`} />
}
