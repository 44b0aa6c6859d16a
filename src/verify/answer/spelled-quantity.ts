/** Quantities with their units as people write them, exactly: `1.2 km` is `1200 m`, `1 h 30 min` is `90 minutes`. */
import type { Fraction } from '../../world/expression/arithmetic.ts'
import { type Conversion, conversionOf, UNIT_NAMES } from '../../world/expression/unit-table.ts'
import { plainText, spelledNumber } from './spelled-number.ts'

/** A number of a unit; money and percent are units that nothing converts. */
export type Quantity = { readonly value: Fraction; readonly unit: string }

const LONGEST = 80

/** Other names of units. What could be two units (`KB`, `ton`, `$` among dollars) is not here or stays by itself. */
const NAMES: Readonly<Record<string, string>> = {
  m: 'metre metres meter meters', km: 'km kilometre kilometres kilometer kilometers', cm: 'cm centimetre centimetres centimeter centimeters', mm: 'millimetre millimetres millimeter millimeters',
  in: 'inch inches', ft: 'ft foot feet', yd: 'yard yards', mi: 'mi mile miles',
  kg: 'kg kilogram kilograms kilogramme kilogrammes', g: 'gram grams gramme grammes', mg: 'milligram milligrams', lb: 'lb lbs pound pounds', oz: 'oz ounce ounces',
  l: 'litre litres liter liters', ml: 'millilitre millilitres milliliter milliliters', gal: 'gallon gallons', cup: 'cups', tbsp: 'tablespoon tablespoons', tsp: 'teaspoon teaspoons',
  h: 'hr hrs hour hours', min: 'min mins minute minutes', s: 'sec secs second seconds', ms: 'msec millisecond milliseconds', day: 'd days', week: 'weeks',
  ha: 'hectare hectares', acre: 'acres', 'km/h': 'kmh kph', mph: 'mph mi/h', kn: 'knot knots',
  B: 'byte bytes', bit: 'bits', kB: 'kilobyte kilobytes', MB: 'megabyte megabytes', GB: 'gigabyte gigabytes', TB: 'terabyte terabytes',
  J: 'joule joules', W: 'watt watts', kW: 'kilowatt kilowatts', Pa: 'pascal pascals', K: 'kelvin', C: 'celsius', F: 'fahrenheit',
  '%': 'percent', EUR: 'euro euros', $: 'dollar dollars', GBP: '', USD: '', JPY: 'yen', CHF: '',
}
/** Words whatever their case; of symbols only those that no other case makes another unit: `MW` is no `mW`. */
const BY_NAME = new Map(Object.entries(NAMES).flatMap(([unit, names]) => names.split(' ').filter(Boolean).map((name) => [name, unit] as const)))
const BY_SYMBOL = new Map([...UNIT_NAMES, ...Object.keys(NAMES), '$', '£', '¥'].map((unit) => [unit, unit] as const).concat([['€', 'EUR'], ['L', 'l'], ['mL', 'ml'], ['°C', 'C'], ['°F', 'F']]))
/** Signs that several currencies share fit any of them where that one is wanted. */
const SIGNS: Readonly<Record<string, readonly string[]>> = { $: ['USD', 'CAD', 'AUD'], '£': ['GBP'], '¥': ['JPY', 'CNY'] }

const PART = /^([+-]?[\d.,]+(?:e[+-]?\d{1,2})?) ?([^\d\s,.+-][^\d\s,+]*(?:[23](?!\d))?)(?:,? and |,? |(?=\d)|$)/i

/** Reads a whole text; undefined for what is no quantity, or more than one. */
export function spelledQuantity(text: string): Quantity | undefined {
  if (text.length > LONGEST) return undefined
  const plain = plainText(text).replace(/\s+/g, ' ').replace(/\bdegrees? /i, '').replace(/\bfl\.? oz\b/i, 'fl_oz')
  const money = /^([+-](?=[€$£¥]))?([€$£¥]|[A-Z]{3}) ?([+-]?[\d.,]+)$/.exec(plain)
  if (money) return priced(money[2]!, `${money[1] ?? ''}${money[3]!}`)
  const parts: Quantity[] = []
  for (let rest = plain; rest !== ''; ) {
    const match = PART.exec(rest)
    const part = match ? measured(match[1]!, match[2]!) : undefined
    if (!part) return undefined
    parts.push(part)
    rest = rest.slice(match![0].length)
  }
  return parts.length ? joined(parts) : undefined
}

function priced(sign: string, number: string): Quantity | undefined {
  const value = spelledNumber(number)
  const unit = BY_SYMBOL.get(sign) ?? (/^[A-Z]{3}$/.test(sign) ? sign : undefined)
  // What comes before its number is money: `MPH 5` is not.
  return value && unit && !UNIT_NAMES.includes(unit) ? { value, unit } : undefined
}

function measured(number: string, spelling: string): Quantity | undefined {
  const value = spelledNumber(number)
  const name = spelling.replace(/\.$/, '')
  const unit = BY_SYMBOL.get(name) ?? BY_NAME.get(name.toLowerCase()) ?? BY_SYMBOL.get(name.replace('²', '2').replace('³', '3')) ?? (/^[A-Z]{3}$/.test(name) ? name : undefined)
  return value && unit ? { value, unit } : undefined
}

/** `1 h 30 min`: each a smaller unit of the same kind, and less than one of the unit before; else they are several quantities. */
function joined(parts: readonly Quantity[]): Quantity | undefined {
  const [first] = parts as [Quantity]
  let { value } = first
  for (const [i, part] of parts.slice(1).entries()) {
    const before = parts[i]!
    const step = conversionOf(part.unit, before.unit)
    if (!step || step.offset.n !== 0n || step.factor.n >= step.factor.d || before.value.n % before.value.d !== 0n) return undefined
    const share = converted(part.value, step)
    if (part.value.n < 0n || first.value.n < 0n || share.n >= share.d) return undefined
    const more = converted(part.value, conversionOf(part.unit, first.unit)!)
    value = { n: value.n * more.d + more.n * value.d, d: value.d * more.d }
  }
  return { value, unit: first.unit }
}

function converted({ n, d }: Fraction, { factor, offset }: Conversion): Fraction {
  return { n: n * factor.n * offset.d + offset.n * d * factor.d, d: d * factor.d * offset.d }
}

/** A quantity in the unit of another; undefined where they measure different things. */
export function inUnitOf({ value, unit }: Quantity, wanted: string): Fraction | undefined {
  if (unit === wanted || SIGNS[unit]?.includes(wanted) || SIGNS[wanted]?.includes(unit)) return value
  const conversion = conversionOf(unit, wanted)
  return conversion && converted(value, conversion)
}
