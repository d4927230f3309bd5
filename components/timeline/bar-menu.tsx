import type { LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'
import { Button } from '@/components/ui/button'
import { Popover } from '@/components/ui/popover'

interface BarMenuProps {
  readonly icon: LucideIcon
  readonly label: string
  /** Its width. */
  readonly className?: string
  readonly children: ReactNode
}

/** A button at the end of the bar, and what it opens below itself. */
export function BarMenu({ icon: Icon, label, className = '', children }: BarMenuProps) {
  return (
    <Popover
      label={label}
      align="end"
      className={className}
      trigger={
        <Button look="quiet">
          <Icon aria-hidden className="size-3.5" />
          {label}
        </Button>
      }
    >
      {children}
    </Popover>
  )
}
