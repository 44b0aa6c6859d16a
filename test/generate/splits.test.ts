/** Splits: no theme, no shape of a schema and no multiset of operators is in two of them, over 1,500 draws of the packs that ship; the report on generation goes over 10,000. */
import t from 'tap'
import { embeddedThemes } from '../../src/cli/embedded-supply.ts'
import { keyOf } from '../../src/core/keyed.ts'
import { sketch } from '../../src/generate/grammar.ts'
import { splitOfTheme } from '../../src/generate/grammar-split.ts'
import { operatorDigest, shapeDigest } from '../../src/generate/shape.ts'

const DRAWS = 1500

t.test('disjoint', async (t) => {
  const themes = embeddedThemes()
  const seen = { theme: new Map<string, Set<string>>(), shape: new Map<string, Set<string>>(), operators: new Map<string, Set<string>>() }
  const splits = new Map<string, number>()
  for (let i = 0; i < DRAWS; i++) {
    const blueprint = sketch({ theme: 'any', axes: {} }, themes, keyOf(['splits', i]))
    const split = splitOfTheme(blueprint.theme, themes)
    splits.set(split, (splits.get(split) ?? 0) + 1)
    for (const [what, value] of [['theme', blueprint.theme], ['shape', shapeDigest(blueprint)], ['operators', operatorDigest(blueprint)]] as const) {
      seen[what].set(value, (seen[what].get(value) ?? new Set()).add(split))
    }
  }
  for (const [what, values] of Object.entries(seen)) t.same([...values].filter(([, found]) => found.size > 1), [], `${what}: ${values.size} different ones`)
  t.ok(seen.shape.size > DRAWS * 0.99, `${seen.shape.size} shapes`)
  t.same([...splits.keys()].toSorted(), ['test', 'train', 'validation'])
  for (const [split, count] of splits) t.ok(count > DRAWS / 20, `${split}: ${count}`)
})
