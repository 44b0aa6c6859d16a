/** The same values in another spelling: 25 as 25.0, the items of a set in another order. */
import type { Action } from '../../protocol/action.ts'

/** JSON text of a value in which whole numbers are written with a fraction, and others with a needless zero. */
export function respelledJson(value: unknown): string {
  if (typeof value === 'number') {
    const plain = JSON.stringify(value)
    return /^-?\d+$/.test(plain) ? `${plain}.0` : /^-?\d+\.\d+$/.test(plain) ? `${plain}0` : plain
  }
  if (Array.isArray(value)) return `[${value.map(respelledJson).join(', ')}]`
  if (value !== null && typeof value === 'object') return `{${Object.entries(value).map(([key, inner]) => `${JSON.stringify(key)}: ${respelledJson(inner)}`).join(', ')}}`
  return JSON.stringify(value)
}

type Call = { readonly name: string; readonly arguments?: unknown }

/** An action with the arguments of its calls changed. */
export function withArguments(action: Action, change: (call: Call) => unknown): Action {
  const calls = action.tool_calls as readonly Call[] | undefined
  return calls ? { ...action, tool_calls: calls.map((call) => ({ ...call, arguments: change(call) })) } : action
}

/** Whether a number stands anywhere in a value. */
export function holdsNumber(value: unknown): boolean {
  if (typeof value === 'number') return true
  return value !== null && typeof value === 'object' && Object.values(value).some(holdsNumber)
}

/** A number as text with separators and a needless fraction: `1250` as `1,250.00`. */
export function respelledText(text: unknown): unknown {
  const [, sign, whole, places = ''] = (typeof text === 'string' && /^(-?)(\d+)(?:\.(\d+))?$/.exec(text)) || []
  return whole === undefined ? text : `${sign}${whole.replace(/\B(?=(\d{3})+$)/g, ',')}.${places.padEnd(2, '0')}`
}

/** A list the other way round. */
export function turnedRound(value: unknown): unknown {
  return Array.isArray(value) ? value.toReversed() : value
}

/** An answer with the values at these paths changed; a list on the way stands for each of its items. */
export function changedAt(value: unknown, paths: readonly (readonly string[])[], change: (value: unknown) => unknown): unknown {
  return paths.reduce((whole, path) => changeAt(whole, path, change), value)
}

function changeAt(value: unknown, [name, ...rest]: readonly string[], change: (value: unknown) => unknown): unknown {
  if (name === undefined) return change(value)
  if (Array.isArray(value)) return value.map((item) => changeAt(item, [name, ...rest], change))
  if (value === null || typeof value !== 'object' || !Object.hasOwn(value, name)) return value
  return { ...value, [name]: changeAt((value as Record<string, unknown>)[name], rest, change) }
}
