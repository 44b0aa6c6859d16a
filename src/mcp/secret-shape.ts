/** Secrets that are known by how they look. */

/** A pattern, global; the part to hide is its last group that matched, or the whole match where it has none. */
export type Shape = { readonly kind: string; readonly pattern: RegExp }

const BEFORE = '(?<![A-Za-z0-9])'
const shape = (kind: string, pattern: string, flags = 'g'): Shape => ({ kind, pattern: new RegExp(pattern, flags) })

/** Those with a prefix of their own: safe to look for in any bytes. */
export const PREFIXED: readonly Shape[] = [
  // A block whose end was cut off is one too, and so is one written with \n for its line ends.
  shape('private key', '-----BEGIN (?:[A-Z0-9]+ ){0,4}PRIVATE KEY(?: BLOCK)?-----[\\s\\S]*?(?:-----END (?:[A-Z0-9]+ ){0,4}PRIVATE KEY(?: BLOCK)?-----|$)'),
  shape('github', `${BEFORE}(?:gh[pousr]_[A-Za-z0-9]{20,255}|github_pat_[A-Za-z0-9_]{20,255})`),
  shape('gitlab', `${BEFORE}gl(?:pat|ptt|rt|dt)-[A-Za-z0-9_-]{20,64}`),
  shape('sk', `${BEFORE}(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{16,}`),
  // Words with hyphens between them are none.
  shape('sk', `${BEFORE}sk-(?=[A-Za-z0-9_-]{0,100}(?:[A-Z]|[A-Za-z0-9]{16}))(?=[A-Za-z_-]{0,100}\\d)[A-Za-z0-9_-]{20,}`),
  shape('aws', `${BEFORE}(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])`),
  shape('slack', `${BEFORE}(?:xox[abeoprs]|xapp)-[A-Za-z0-9-]{10,}`),
  shape('google', `${BEFORE}AIza[A-Za-z0-9_-]{35}`),
  shape('google', `${BEFORE}ya29\\.[A-Za-z0-9_-]{20,}`),
  shape('npm', `${BEFORE}npm_[A-Za-z0-9]{36}`),
  shape('hugging face', `${BEFORE}hf_[A-Za-z0-9]{30,}`),
  shape('stripe', `${BEFORE}whsec_[A-Za-z0-9+/]{20,}={0,2}`),
  shape('sendgrid', `${BEFORE}SG\\.[A-Za-z0-9_-]{16,32}\\.[A-Za-z0-9_-]{32,64}`),
  shape('pypi', `${BEFORE}pypi-[A-Za-z0-9_-]{32,}`),
  shape('digitalocean', `${BEFORE}do[opr]_v1_[a-f0-9]{64}`),
  shape('vault', `${BEFORE}hv[sbr]\\.[A-Za-z0-9_-]{24,}`),
  shape('doppler', `${BEFORE}dp\\.(?:pt|st|ct|sa|scim|audit)\\.[A-Za-z0-9._-]{32,}`),
  shape('linear', `${BEFORE}lin_(?:api|oauth)_[A-Za-z0-9]{32,}`),
  shape('notion', `${BEFORE}(?:ntn_[A-Za-z0-9]{40,}|secret_[A-Za-z0-9]{43}(?![A-Za-z0-9]))`),
  shape('google', `${BEFORE}GOCSPX-[A-Za-z0-9_-]{28}`),
  shape('google', `${BEFORE}1//0[A-Za-z0-9_-]{40,}`),
  shape('docker', `${BEFORE}dckr_(?:pat|oat)_[A-Za-z0-9_-]{20,}`),
  shape('shopify', `${BEFORE}shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}`),
  shape('telegram', `${BEFORE}\\d{8,10}:AA[A-Za-z0-9_-]{33}(?![A-Za-z0-9_-])`),
  shape('age', `${BEFORE}AGE-SECRET-KEY-1[A-Z0-9]{20,}`),
  shape('slack', 'hooks\\.slack\\.com/(?:services|workflows)/([A-Za-z0-9/_-]{20,})'),
  shape('discord', 'discord(?:app)?\\.com/api/webhooks/\\d{10,25}/([A-Za-z0-9_-]{40,})'),
  shape('jwt', `${BEFORE}eyJ[A-Za-z0-9_-]{8,}\\.eyJ[A-Za-z0-9_-]{4,}(?:\\.[A-Za-z0-9_-]*)?`),
]

/** Those known by what stands around them, in texts. */
export const FRAMED: readonly Shape[] = [
  shape('password of a URL', '[A-Za-z][A-Za-z0-9+.-]{0,20}://[^\\s/?#:@"\'<>]{0,200}:([^\\s/?#"\'<>]{1,200})@'),
  shape('user of a URL', '[A-Za-z][A-Za-z0-9+.-]{0,20}://([A-Za-z0-9_-]{20,200})@'),
  shape('user of a command', '(?<![\\w-])(?:-u|--user)[\\s=]+[^\\s:"\']{1,64}:([^\\s"\']{4,200})'),
  shape('scheme', '(?<![A-Za-z0-9])[Aa]uthorization["\']?\\s{0,3}[:=]\\s{0,3}["\']?(?!(?:[Bb]asic|[Bb]earer|[Dd]igest)\\b)[A-Za-z][\\w-]{1,30}\\s{1,3}((?=[A-Za-z._~+/-]*\\d)[A-Za-z0-9._~+/-]{8,}={0,2})'),
  shape('netrc', '(?<![\\w-])(?:login|user)\\s+[^\\s]{1,100}\\s+password\\s+([^\\s]{4,200})'),
  shape('bearer', `${BEFORE}[Bb]earer\\s+((?=[A-Za-z._~+/-]*\\d|[A-Za-z._~+/-]{24})[A-Za-z0-9._~+/-]{8,}={0,2})`),
]

/** An element of XML: its name, and its text. */
export const ELEMENT = /<([A-Za-z][\w.:-]{1,60})>([^<>\r\n]{4,500})(?=<\/\1>)/g

/** Attributes of XML: a name, and its value. */
export const ATTRIBUTES = /(?<![\w-])(?:key|name)="([\w.:-]{1,60})"\s{1,20}value="([^"\r\n]{4,500})"/g

/** `Basic` and the base64 of user and password. */
export const BASIC = /(?<![A-Za-z0-9])[Bb]asic\s+([A-Za-z0-9+/_-]{6,}={0,2})/g

/** A secret key of AWS has no prefix: it is looked for near to its id only. */
export const AWS_ID = /(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])/
export const AWS_SECRET = /(?<![A-Za-z0-9+/])(?=[A-Za-z0-9+/]*[A-Z])(?=[A-Za-z0-9+/]*[a-z])(?=[A-Za-z0-9+/]*\d)[A-Za-z0-9+/]{40}(?![A-Za-z0-9+/=])/g

/** The values of a cookie header, and what stands in one that is no value. */
export const COOKIE_HEADER = /(?<![A-Za-z0-9])(?:set-)?cookie["']?\s*[:=]\s*["']?([^\r\n"']*=[^\r\n"']*)/gi
export const COOKIE_ATTRIBUTE = /^(?:path|domain|expires|max-age|samesite|secure|httponly|version|priority)$/i

export const EMAIL = /(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![A-Za-z0-9-])/g
