interface Asked {
  /** The commit that a gate asks about. */
  readonly headSha: string
  /** In the order in which they were made, each of a commit. */
  readonly reviews: readonly { readonly headSha: string }[]
}

/** That commits came after the last review, in a sentence for who decides; null: none did, or nobody was to review. */
export function unreviewed({ headSha, reviews }: Asked): string | null {
  const last = reviews.at(-1)
  if (!last || last.headSha === headSha) return null
  return `The reviewer saw ${last.headSha.slice(0, 7)}: what came after it is in the change, too, and no reviewer has seen that.`
}
