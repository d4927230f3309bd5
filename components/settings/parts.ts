/** The parts of the settings, each with its URL; some are for admins alone. */
export const settingsParts = [
  { href: '/settings/profile', label: 'Profile', admin: false },
  { href: '/settings/sessions', label: 'My sessions', admin: false },
  { href: '/settings/keys', label: 'API keys', admin: false },
  { href: '/settings/members', label: 'Members', admin: true },
  { href: '/settings/models', label: 'Models', admin: false },
  { href: '/settings/sandbox', label: 'Sandbox', admin: false },
  { href: '/settings/integrations', label: 'Integrations', admin: false },
  { href: '/settings/webhooks', label: 'Webhooks', admin: true },
  { href: '/settings/system', label: 'System', admin: false },
  { href: '/settings/danger', label: 'Danger zone', admin: true },
] as const
