import t from 'tap'
import { re2Search } from '../../src/core/pattern.ts'
import fc from '../property.ts'

t.test('what a search remembers is what it would find', async (t) => {
  const text = fc.oneof(fc.string({ unit: fc.constantFrom('a', 'b', '7', ' ', '\n'), maxLength: 4 }), fc.string({ minLength: 499, maxLength: 502 }))
  fc.assert(fc.property(fc.constantFrom('^a+b$', '(?i)B7', '\\d\\s', '^$', '[^a]'), fc.array(text, { maxLength: 300 }), (pattern, texts) => {
    const search = re2Search(pattern)!
    for (const each of [...texts, ...texts]) if (search(each) !== new RegExp(pattern.replace('(?i)', ''), pattern.startsWith('(?i)') ? 'i' : '').test(each)) throw new Error(JSON.stringify(each))
  }), { numRuns: 200 })
  t.equal(re2Search('(a')?.('a'), undefined, 'no pattern')
})
