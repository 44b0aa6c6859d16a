/** Maps whose values are made when they are asked for, once each. */
import t from 'tap'
import { LazyMap } from '../../src/compile/lazy-map.ts'

t.test('a value is made when it is asked for, and once', async (t) => {
  const made: string[] = []
  const maker = (name: string): [string, () => string] => [name, () => (made.push(name), name.toUpperCase())]
  const lazy = new LazyMap([maker('a'), maker('b'), maker('c')], true)
  t.same([lazy.size, [...lazy.keys()], lazy.has('b'), lazy.has('z'), made.length], [3, ['a', 'b', 'c'], true, false, 0])
  t.same([lazy.get('b'), lazy.get('b'), lazy.get('z')], ['B', 'B', undefined])
  t.same(made, ['b'])
  t.same([...lazy], [['a', 'A'], ['b', 'B'], ['c', 'C']])
  t.same([...lazy.values()], ['A', 'B', 'C'])
  const seen: string[] = []
  lazy.forEach((value, name) => seen.push(name + value))
  t.same([seen, made], [['aA', 'bB', 'cC'], ['b', 'a', 'c']])
  made.length = 0
  t.equal(new LazyMap([maker('a'), maker('b')], false).get('a'), 'A')
  t.same(made, ['a', 'b'], 'all at once where nothing may wait')
})
