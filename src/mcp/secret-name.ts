/** Names under which secrets stand: of fields, headers, variables, options. */

/** Whatever stands there is a secret. */
const STRONG = new Set(['password', 'passwords', 'passwd', 'pwd', 'passphrase', 'passcode', 'secret', 'secrets', 'token', 'apikey', 'apikeys', 'apitoken', 'accesstoken', 'authtoken', 'authorization', 'cookie', 'cookies', 'credential', 'credentials', 'jwt', 'bearer', 'pat', 'privatekey', 'secretkey', 'accesskey'])
/** What is a key to something where the word before says so. */
const BEFORE_KEY = new Set(['api', 'access', 'private', 'secret', 'encryption', 'signing', 'auth', 'account', 'ssh', 'master', 'shared', 'service', 'subscription', 'storage', 'deploy', 'license'])
/** Whose `pass` is a password: `DB_PASS`, and not `first_pass`. */
const BEFORE_PASS = new Set(['db', 'database', 'smtp', 'imap', 'mail', 'email', 'user', 'admin', 'root', 'mysql', 'pg', 'postgres', 'redis', 'mongo', 'rabbitmq', 'ftp', 'sftp', 'ssh', 'ldap', 'proxy', 'http', 'basic', 'auth', 'login', 'my', 'server', 'client', 'key', 'cert', 'vpn', 'wifi'])
/** Only what looks random is a secret there. */
const WEAK = new Set(['auth', 'session', 'sessionid', 'sid', 'sig', 'signature', 'nonce', 'otp', 'csrf', 'xsrf', 'salt'])
/** Words that make it a number, a kind or a place: `max_tokens`, `token_type`, `next_page_token`, `secret_name`. */
const HARMLESS = new Set(['count', 'counts', 'limit', 'limits', 'max', 'min', 'type', 'usage', 'used', 'page', 'next', 'previous', 'prev', 'continuation', 'length', 'size', 'budget', 'total', 'name', 'names', 'url', 'uri', 'endpoint', 'policy', 'expires', 'expiry', 'expiration', 'ttl', 'required', 'enabled', 'field', 'label', 'description', 'prompt', 'completion', 'input', 'output', 'index', 'cursor', 'per', 'cost', 'price', 'rate', 'file', 'path', 'format', 'is', 'has', 'id'])
/** What a value stays that is no secret whatever its name is. */
const ORDINARY = /^(?:|true|false|null|none|nil|undefined|yes|no|on|off|string|number|integer|boolean|object|array|text|required|optional|redacted|hidden|masked|unknown|empty|basic|bearer|default|n\/?a|[*x•.…]+|<[^<>]*>|\$\{[^}]*\}|\{\{[^}]*\}\}|\$[A-Z_]+|%[A-Z_]+%|(?:passw(?:or)?d|pwd|passphrase|secret|token|api[ _-]?key|authorization|cookie|credentials?)s?)$/i

/** How suspicious a name is; undefined for ordinary ones. Numbers count only under names of passwords. */
export type Suspicion = 'strong' | 'weak'

/** Looks at the words of a name, whatever its case and signs. */
export function suspicionOf(name: string): Suspicion | undefined {
  if (name.length > 120) return undefined
  const words = name.replace(/([a-z0-9])([A-Z])/g, '$1 $2').replace(/([A-Z])([A-Z][a-z])/g, '$1 $2').toLowerCase().split(/[^a-z0-9]+/).filter((word) => word !== '')
  if (words.some((word) => HARMLESS.has(word))) return undefined
  if (words.some((word, i) => STRONG.has(word) || (word === 'key' && i > 0 && BEFORE_KEY.has(words[i - 1]!)) || (word === 'pass' && i > 0 && BEFORE_PASS.has(words[i - 1]!)))) return 'strong'
  return words.some((word) => WEAK.has(word)) ? 'weak' : undefined
}

/** Whether a number under a name can be a password. */
export function holdsPassword(name: string): boolean {
  return suspicionOf(name) === 'strong' && /passw|pwd|passphrase|passcode|secret/i.test(name)
}

/** Whether a value says by itself that it is no secret: nothing, a word of schemas, a placeholder. */
export function isOrdinary(value: string): boolean {
  return value.length < 64 && ORDINARY.test(value.trim())
}

/** Whether a text looks drawn at random: long, of letters and digits, with many different signs. */
export function isRandom(value: string): boolean {
  if (value.length < 20 || !/^[\w+/=.~:-]+$/.test(value) || !/\d/.test(value) || !/[A-Za-z]/.test(value)) return false
  return new Set(value).size >= Math.min(14, value.length / 2)
}
