interface ColumnNameProps {
  /** The width of the column, where it does not take what is left. */
  readonly className?: string
  readonly children: string
}

/** The name of a column of a table whose cells stand 12 px apart. */
export function ColumnName({ className = '', children }: ColumnNameProps) {
  return (
    <th scope="col" className={`px-1.5 font-normal first:pl-3 last:pr-3 ${className}`}>
      {children}
    </th>
  )
}
