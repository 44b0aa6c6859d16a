/** Units of measure as data: each is an exact fraction of its dimension's first unit. */
import type { Fraction } from './arithmetic.ts'

/** `factor` of them make one of the dimension's; `offset` is what 0 of this unit is in the dimension's. */
type Unit = { readonly dimension: string; readonly factor: Fraction; readonly offset: Fraction }

/** Factors to the first unit of a dimension; `a/b` for what has no end as a decimal. */
const DIMENSIONS: Record<string, Record<string, string>> = {
  length: { m: '1', mm: '0.001', cm: '0.01', km: '1000', in: '0.0254', ft: '0.3048', yd: '0.9144', mi: '1609.344', nmi: '1852' },
  mass: { kg: '1', g: '0.001', mg: '0.000001', t: '1000', lb: '0.45359237', oz: '0.028349523125', st: '6.35029318' },
  volume: { l: '1', ml: '0.001', cl: '0.01', dl: '0.1', m3: '1000', gal: '3.785411784', qt: '0.946352946', pt: '0.473176473', cup: '0.2365882365', fl_oz: '0.0295735295625', tbsp: '0.01478676478125', tsp: '0.00492892159375' },
  area: { m2: '1', cm2: '0.0001', km2: '1000000', ha: '10000', acre: '4046.8564224', ft2: '0.09290304', in2: '0.00064516', mi2: '2589988.110336' },
  time: { s: '1', ms: '0.001', min: '60', h: '3600', day: '86400', week: '604800' },
  speed: { 'm/s': '1', 'km/h': '5/18', mph: '0.44704', kn: '463/900', 'ft/s': '0.3048' },
  data: { B: '1', bit: '0.125', kB: '1000', MB: '1000000', GB: '1000000000', TB: '1000000000000', KiB: '1024', MiB: '1048576', GiB: '1073741824', TiB: '1099511627776' },
  energy: { J: '1', kJ: '1000', cal: '4.184', kcal: '4184', Wh: '3600', kWh: '3600000' },
  power: { W: '1', kW: '1000', MW: '1000000' },
  pressure: { Pa: '1', hPa: '100', kPa: '1000', bar: '100000', atm: '101325', psi: '44482216152605/6451600000' },
  temperature: { K: '1', C: '1', F: '5/9' },
}
/** Zero of a unit in kelvin. */
const OFFSETS: Record<string, string> = { C: '273.15', F: '45967/180' }

function read(text: string): Fraction {
  const [over, under] = text.split('/') as [string, string?]
  const [whole, places = ''] = over.split('.') as [string, string?]
  return { n: BigInt(whole + places), d: 10n ** BigInt(places.length) * BigInt(under ?? '1') }
}

const UNITS: ReadonlyMap<string, Unit> = new Map(Object.entries(DIMENSIONS).flatMap(([dimension, units]) =>
  Object.entries(units).map(([name, factor]) => [name, { dimension, factor: read(factor), offset: read(OFFSETS[name] ?? '0') }] as const)))

/** Names of all units. */
export const UNIT_NAMES: readonly string[] = [...UNITS.keys()]

/** `x` of the one unit are `x * factor + offset` of the other. */
export type Conversion = { readonly factor: Fraction; readonly offset: Fraction }

/** How one unit becomes another; undefined for an unknown one, or for two that measure different things. */
export function conversionOf(from: string, to: string): Conversion | undefined {
  const [a, b] = [UNITS.get(from), UNITS.get(to)]
  if (!a || !b || a.dimension !== b.dimension) return undefined
  const factor = { n: a.factor.n * b.factor.d, d: a.factor.d * b.factor.n }
  const gap = { n: a.offset.n * b.offset.d - b.offset.n * a.offset.d, d: a.offset.d * b.offset.d }
  return { factor: reduced(factor), offset: reduced({ n: gap.n * b.factor.d, d: gap.d * b.factor.n }) }
}

function reduced({ n, d }: Fraction): Fraction {
  let [a, b] = [n < 0n ? -n : n, d]
  while (b) [a, b] = [b, a % b]
  return { n: n / a, d: d / a }
}

/** How many decimal places a reduced fraction has; undefined for one that does not end. */
export function placesOf({ d }: Fraction): number | undefined {
  let [twos, fives, rest] = [0, 0, d]
  for (; rest % 2n === 0n; rest /= 2n) twos++
  for (; rest % 5n === 0n; rest /= 5n) fives++
  return rest === 1n ? Math.max(twos, fives) : undefined
}
