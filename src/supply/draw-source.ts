/** The scenario that a distribution draws for one row. */
import type { Distribution, Source } from '../../protocol/distribution.ts'
import { GymError } from '../core/gym-error.ts'
import { below, type Key, keyOf, weighted } from '../core/keyed.ts'
import { nearest } from '../core/nearest.ts'
import { AXES, type AxisName } from '../generate/axis.ts'
import { isGenerated, parseReference, printReference } from '../generate/reference.ts'

/** Steps in which an axis without whole numbers is drawn. */
const STEPS = 1000
const DECIMALS = 1_000_000

/** The least and the most value of a range that a reference can state. */
function ends(least: number, most: number, whole: boolean): readonly [number, number] {
  const unit = whole ? 1 : DECIMALS
  return [Math.ceil(least * unit) / unit, Math.floor(most * unit) / unit]
}

/** @throws GymError GYM_INVALID_PARAMS for axes of a scenario that has none, and ranges that are none */
export function checkDistribution({ of }: Distribution, path = 'params.distribution'): void {
  of.forEach(({ scenario, axes }, i) => {
    const place = `${path}.of[${i}]`
    if (isGenerated(scenario)) checkReference(scenario, `${place}.scenario`)
    for (const [name, [least, most]] of Object.entries(axes)) {
      const at = `${place}.axes.${name}`
      if (!isGenerated(scenario)) throw new GymError('GYM_INVALID_PARAMS', `${scenario} is not generated: it has no axes`, { path: at, expected: 'a gen: reference, or no axes' })
      if (!Object.hasOwn(AXES, name)) throw new GymError('GYM_INVALID_PARAMS', `no axis is called '${name}'`, { path: at, nearest: nearest(name, Object.keys(AXES)), expected: Object.keys(AXES) })
      const { from, to, whole } = AXES[name as AxisName]
      if (!(from <= least && least <= most && most <= to)) throw new GymError('GYM_INVALID_PARAMS', `[${least}, ${most}] is no range of ${name}`, { path: at, expected: `two numbers from ${from} to ${to}, the smaller first` })
      const [low, high] = ends(least, most, whole)
      if (low > high) throw new GymError('GYM_INVALID_PARAMS', `[${least}, ${most}] holds no ${whole ? 'whole number' : 'number of at most six decimals'}, and ${name} takes no other`, { path: at, expected: 'a wider range' })
    }
  })
}

function checkReference(ref: string, path: string): void {
  if (ref.includes('@')) throw new GymError('GYM_INVALID_PARAMS', 'a digest is of one seed, and many are drawn', { path, expected: ref.split('@')[0]! })
  parseReference(ref, path)
}

/** The reference and template of a row; each axis has a draw of its own, so that widening one leaves the others. */
export function drawSource({ of }: Distribution, key: Key): { readonly scenario: string; readonly task: string | undefined } {
  let sum = 0
  const source = of[weighted(keyOf(['source'], key), of.map(({ weight }) => (sum += weight)))]!
  return { scenario: isGenerated(source.scenario) ? withAxes(source, key) : source.scenario, task: source.task }
}

function withAxes({ scenario, axes }: Source, key: Key): string {
  const reference = parseReference(scenario)
  const drawn = Object.entries(axes).map(([name, [least, most]]) => {
    const { whole } = AXES[name as AxisName]
    const own = keyOf(['axis', name], key)
    const [low, high] = ends(least, most, whole)
    const value = whole ? low + below(own, high - low + 1) : low + ((high - low) * below(own, STEPS + 1)) / STEPS
    return [name, Math.round(value * DECIMALS) / DECIMALS]
  })
  return printReference({ ...reference, axes: { ...reference.axes, ...Object.fromEntries(drawn) } })
}
