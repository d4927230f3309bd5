/** Whether two labels are one: GitHub's are, in whatever case they are written. */
export function sameLabel(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase()
}
