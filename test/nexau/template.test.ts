/** Templates as Jinja renders them, and the sandbox that they cannot leave. */
import t from 'tap'
import { TEMPLATE_LIMITS } from '../../src/nexau/template/meter.ts'
import { renderTemplate } from '../../src/nexau/template/render.ts'

const DATA = { name: 'Ada', none: null, yes: true, n: 7, items: [{ n: 'b', p: 2 }, { n: 'a', p: 1 }, { n: 'c', p: null }], map: { x: 1, y: [true, null, 'z\'s'] }, text: 'one two\nthree' }

t.test('what Jinja gives', async (t) => {
  const cases: Record<string, string> = {
    'Hi {{ name }}!': 'Hi Ada!',
    '{% if n > 5 and not none %}big{% elif n %}small{% else %}none{% endif %}': 'big',
    '{% for i in items if i.p %}{{ loop.index }}/{{ loop.length }} {{ i.n }}{{ ", " if not loop.last }}{% else %}-{% endfor %}': '1/2 b, 2/2 a',
    '{% for k, v in map.items() %}{{ k }}={{ v }};{% endfor %}': 'x=1;y=[True, None, "z\'s"];',
    '{{ none }} {{ yes }} {{ [1, "a"] }} {{ map }}': 'None True [1, \'a\'] {\'x\': 1, \'y\': [True, None, "z\'s"]}',
    '{{ items | map(attribute="n") | sort | join("+") }} {{ items | selectattr("n", "eq", "a") | list | length }} {{ items | first | attr }}': '',
    '{{ items | map(attribute="n") | sort | join("+") }}': 'a+b+c',
    '{{ items | sort(attribute="n") | map(attribute="n") | list }}': "['a', 'b', 'c']",
    '{{ map | tojson }} {{ "a,b" | tojson }}': '{"x": 1, "y": [true, null, "z\\u0027s"]} "a,b"',
    '{{ missing | default("d") }} {{ none | default("d", true) }} {{ missing is defined }} {{ n is odd }}': 'd d False True',
    '{{ text | indent(2) }}': 'one two\n  three',
    '{{ "a b" | title }} {{ "x" * 3 }} {{ 7 // 2 }} {{ -7 % 3 }} {{ "b" in "abc" }} {{ n ~ "s" }}': 'A B xxx 3 2 True 7s',
    '{{ text.split() }} {{ name.lower() }} {{ "  x ".strip() }} {{ name[0] }} {{ items[1:] | length }}': "['one', 'two', 'three'] ada x A 2",
    '{% set ns = namespace(c=0) %}{% for i in items %}{% set ns.c = ns.c + 1 %}{% endfor %}{{ ns.c }}': '3',
    '{% set x = 1 %}{% for i in items %}{% set x = 2 %}{% endfor %}{{ x }}': '1',
    '{% macro m(a, b="z") %}<{{ a }}{{ b }}>{% endmacro %}{{ m(1) }}{{ m(1, b=2) }}': '<1z><12>',
    '{% macro m() %}[{{ caller("k") }}]{% endmacro %}{% call(u) m() %}{{ u }}{% endcall %}': '[k]',
    '{% raw %}{{ x }}{% endraw %}{# gone #}': '{{ x }}',
    '{% if yes %}\n  a\n{% endif %}\nb': '  a\nb',
    '{% for i in range(5) %}{% if i == 1 %}{% continue %}{% endif %}{% if i == 3 %}{% break %}{% endif %}{{ i }}{% endfor %}': '02',
    '{% filter upper %}a{% endfilter %}{{ {"k": n}["k"] }}{{ (1, 2) | sum }}': 'A73',
  }
  for (const [source, wanted] of Object.entries(cases)) {
    const { text, fault } = renderTemplate(source, DATA)
    if (wanted === '') t.match(fault, { message: "no filter 'attr'" }, source)
    else t.equal(text, wanted, fault?.message ?? source)
  }
})

t.test('variables that nobody gives', async (t) => {
  t.same(renderTemplate('{{ a }}{% for b in bs %}{{ b.c }}{% endfor %}{% set d = 1 %}{{ d }}{{ e is defined }}{{ f | default("") }}{{ name }}{% macro m(x) %}{{ x }}{% endmacro %}', DATA), { text: '1FalseAda', unknown: ['a', 'bs'], read: ['name'] })
  t.match(renderTemplate('{{ a.b }}', {}), { text: undefined, fault: { message: "'a' is undefined", code: 'template' }, unknown: ['a'] })
  t.match(renderTemplate('{{ n | uper }}', DATA).fault!.more, { word: 'uper', nearest: 'upper' })
})

t.test('no way to a prototype, a constructor or a file', async (t) => {
  const own = { x: {}, list: [], text: 'a', f: () => 'called' }
  for (const name of ['constructor', '__proto__', 'prototype', '__class__', '__globals__', 'toString', 'hasOwnProperty', 'length', 'valueOf', '__defineGetter__']) {
    for (const value of ['x', 'list', 'text', '1', 'range', 'namespace', 'loop', 'x.get', 'text.upper', '{}', '[]', 'true']) {
      for (const source of [`{{ ${value}.${name} }}`, `{{ ${value}['${name}'] }}`, `{{ [${value}] | map(attribute='${name}') | first }}`]) {
        const { text = '' } = renderTemplate(source, own)
        t.match(text, /^(None)?$/, source)
      }
    }
    t.equal(renderTemplate(`{{ x.${name}.constructor('return 1')() }}`, own).text, undefined)
    t.equal(renderTemplate(`{{ ${name} }}`, own).text, '')
  }
  t.equal(renderTemplate('{{ f() }}', own).text, undefined, 'data is no code')
  t.equal(({} as { polluted?: unknown }).polluted, undefined)
  renderTemplate("{% set ns = namespace() %}{% set ns.__proto__ = {'polluted': 1} %}{{ dict(__proto__={'polluted': 1}) | tojson }}{{ '{\"__proto__\": {\"polluted\": 1}}' | fromjson }}", {})
  t.equal(({} as { polluted?: unknown }).polluted, undefined)
  for (const tag of ['include "/etc/passwd"', 'import "a" as b', 'from "a" import b', 'extends "a"', 'block b']) t.match(renderTemplate(`{% ${tag} %}`, {}).fault, { message: /would read another file/ }, tag)
  t.match(renderTemplate('{% do x %}', {}).fault, { message: "no tag '{% do %}'" })
})

t.test('nothing runs away', async (t) => {
  const bombs = [
    '{{ range(100000000) }}', '{{ range(1, 100, 0) }}', '{% for i in range(9999) %}{% for j in range(9999) %}x{% endfor %}{% endfor %}', '{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}',
    '{% macro f() %}{{ g() }}{% endmacro %}{% macro g() %}{{ f() }}{% endmacro %}{{ f() }}', "{{ 'a' * 100000000000 }}", "{{ [1] * 1e9 }}", "{{ 'aaaaaaaaaaaaaaaaaaaaaaaaaaa'.replace('a', 'b' * 100000) }}",
    "{% set n = namespace(x='aaaaaaaaaa') %}{% for i in range(50) %}{% set n.x = n.x ~ n.x %}{% endfor %}{{ n.x }}", "{% set n = namespace(x=[1]) %}{% for i in range(50) %}{% set n.x = [n.x, n.x] %}{% endfor %}{{ n.x }}",
    "{{ range(9999) | map('string') | join('x' * 9999) }}", '{{ range(9999) | sort | unique | list }}', "{{ 'x' * 90000 | indent(200) }}{{ ('\\n' * 90000) | indent(200, true, true) }}", '{{ 9 ** 99999 }}', '{{ 1e308 * 10 }}',
    '{{ '.repeat(30_000), `{{ ${'('.repeat(50_000)}1${')'.repeat(50_000)} }}`, `{{ ${'-'.repeat(50_000)}1 }}`, `{{ 1${' + 1'.repeat(20_000)} }}`, `{{ ${'not '.repeat(20_000)}1 }}`, `{{ x${'.a'.repeat(20_000)} }}`, `{{ [${'['.repeat(20_000)} }}`,
    '{% if x %}'.repeat(10_000), '{% raw %}'.repeat(20_000), ' '.repeat(100_000), 'x'.repeat(TEMPLATE_LIMITS.source + 1), '{%', '{{', '{#', '{% for %}', '{% set %}', '{{ "a', '{{ | }}', '{{ x( }}', '{{ x[ }}', '{% endfor %}',
  ]
  for (const source of bombs) {
    const { text, fault } = renderTemplate(source, { x: 1 })
    t.equal(text, undefined, source.slice(0, 60))
    t.match(fault, { code: /^template/ }, fault?.message ?? 'a fault')
  }
  const slow = [`${' '.repeat(TEMPLATE_LIMITS.blanks - 1)}x`.repeat(150), '{%'.repeat(50_000), `${'{% generation'.repeat(5000)}`, `{# ${'#'.repeat(100_000)}`]
  for (const source of slow) renderTemplate(source, {})
  t.pass('and soon')
})
