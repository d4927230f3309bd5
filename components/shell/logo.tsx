export function Logo() {
  return (
    <svg viewBox="0 0 32 32" aria-hidden className="size-6 shrink-0">
      <rect width="32" height="32" rx="8" fill="var(--accent-fill)" />
      <path
        d="M9 8h6.5a8 8 0 0 1 0 16H9"
        fill="none"
        stroke="#fff"
        strokeWidth="3"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
      <circle cx="9.5" cy="16" r="2.5" fill="#fff" />
    </svg>
  )
}
