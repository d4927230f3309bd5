/** Shapes of well-known keys. Rules in the manner of public secret scanners; each names what it found. */
const rules: readonly { readonly rule: string; readonly shape: RegExp }[] = [
  { rule: 'openai-or-anthropic-key', shape: /\bsk-[A-Za-z0-9_-]{20,}/g },
  { rule: 'github-token', shape: /\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,})/g },
  { rule: 'gitlab-token', shape: /\bgl(?:pat|dt|rt|cbt|ptt|ft|soat)-[A-Za-z0-9_-]{20,}/g },
  {
    rule: 'npm-token',
    shape: /\bnpm_[A-Za-z0-9]{36,}|(?<=:_(?:authToken|auth|password)\s*=\s*"?)[^\s"$]{8,}/g,
  },
  { rule: 'pypi-token', shape: /\bpypi-[A-Za-z0-9_-]{40,}/g },
  { rule: 'aws-access-key', shape: /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/g },
  { rule: 'devpilot-key', shape: /\bdp_[0-9a-f]{10}_[A-Za-z0-9_-]{43}/g },
  { rule: 'slack-token', shape: /\bxox[abprs]-[A-Za-z0-9-]{10,}/g },
  { rule: 'bearer-token', shape: /\b[Bb]earer\s+[A-Za-z0-9._~+/-]{16,}=*/g },
  {
    rule: 'private-key',
    shape: /-----BEGIN [A-Z ]*PRIVATE KEY-----(?:[\s\S]*?-----END [A-Z ]*PRIVATE KEY-----)?/g,
  },
  { rule: 'url-password', shape: /(?<=\b[a-z][a-z0-9+.-]{0,20}:\/\/[^\s:/@]{0,100}:)[^\s@/]+(?=@)/g },
]

/** Text with everything that is shaped like a key replaced by `[redacted]`. */
export function redactShapes(text: string): string {
  return rules.reduce((clean, { shape }) => clean.replace(shape, '[redacted]'), text)
}

/** The rules that a line breaks; never the secret itself. */
export function secretsIn(line: string): string[] {
  return rules.filter(({ shape }) => line.search(shape) !== -1).map(({ rule }) => rule)
}
