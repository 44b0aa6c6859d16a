/** `${env.X}`, `${this_file_dir}` and `${variables.a.b}` in the values of a file. */
import { nearest } from '../core/nearest.ts'
import type { Path } from '../spec/complaint.ts'
import type { LocatedFile } from './located-file.ts'
import type { Remarks } from './remark.ts'
import { folderOf } from './source-files.ts'

/** Values of the environment that the caller chose to hand over, by name. */
export type Environment = Readonly<Record<string, string>>

/** NexGAP leaves out `env.`; only names in capitals are meant. */
const PLACEHOLDER = /\$\{(?:env\.([A-Za-z_]\w*)|(this_file_dir)|variables\.([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)|([A-Z][A-Z0-9_]{2,}))\}/g

/** Keys whose values are secrets: they are never filled in, so that they cannot get anywhere. */
export const SECRET_KEY = /^(api_?key|.*_api_key|token|secret|password|authorization|.*_(token|secret|password))$/i

const ENDPOINTS: ReadonlySet<string | number> = new Set(['llm_config', 'llm_configs', 'mcp_servers'])

/**
 * The value of a file with its placeholders filled.
 * @param keepOut told the values that secrets would have had
 */
export function substitute(located: LocatedFile, environment: Environment, remarks: Remarks, keepOut: (secret: string) => void): unknown {
  const { value } = located
  const variables: unknown = value !== null && typeof value === 'object' ? (value as { variables?: unknown }).variables : undefined

  function fill(text: string, path: Path): unknown {
    const whole = PLACEHOLDER.exec(text)?.[0] === text && located.isPlain(path)
    PLACEHOLDER.lastIndex = 0
    const filled = text.replaceAll(PLACEHOLDER, (placeholder, inEnv?: string, folder?: string, variable?: string, bare?: string) => {
      if (folder !== undefined) return `/${folderOf(located.file)}`
      if (variable !== undefined) return ofVariables(variable, path)
      const name = (inEnv ?? bare)!
      if (path.some((part) => SECRET_KEY.test(String(part)))) {
        if (Object.hasOwn(environment, name)) keepOut(environment[name]!)
        return ''
      }
      if (Object.hasOwn(environment, name)) return environment[name]!
      // Inside other text, `${NAME}` without `env.` may be an example for the agent.
      if (bare !== undefined && placeholder !== text) return placeholder
      // What is about endpoints is not taken over, filled or not.
      if (path.some((part) => ENDPOINTS.has(part))) return ''
      remarks.warn('env', `'${name}' of the environment was not handed over; it stays empty`, located.place(path), { expected: `--env ${name}` })
      return ''
    })
    return whole ? asScalar(filled) : filled
  }

  function ofVariables(name: string, path: Path): string {
    let at: unknown = variables
    const known: string[] = []
    for (const part of name.split('.')) {
      const isThere = at !== null && typeof at === 'object' && !Array.isArray(at) && Object.hasOwn(at, part)
      if (at !== null && typeof at === 'object') known.splice(0, known.length, ...Object.keys(at))
      if (!isThere) {
        remarks.error('variable', `no variable '${name}'`, located.place(path), { nearest: nearest(part, known), expected: known.join(', ') || 'variables: {…}' })
        return ''
      }
      at = (at as Record<string, unknown>)[part]
    }
    if (at === null || typeof at === 'object') {
      remarks.error('variable', `the variable '${name}' is no text or number`, located.place(path))
      return ''
    }
    return typeof at === 'string' || typeof at === 'number' || typeof at === 'boolean' ? String(at) : ''
  }

  function walk(at: unknown, path: Path): unknown {
    if (typeof at === 'string') return at.includes('${') ? fill(at, path) : at
    if (Array.isArray(at)) return at.map((item, i) => walk(item, [...path, i]))
    if (at === null || typeof at !== 'object') return at
    return Object.fromEntries(Object.entries(at).map(([key, item]) => [key, walk(item, [...path, key])]))
  }
  return walk(value, [])
}

/** Text as YAML reads it without quotes. */
function asScalar(text: string): unknown {
  if (/^(true|false)$/i.test(text)) return text.toLowerCase() === 'true'
  return /^-?\d{1,15}(\.\d{1,15})?$/.test(text) ? Number(text) : text
}
