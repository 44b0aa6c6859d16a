/** Plots: well-formed SVG, the same bytes for the same data, nothing that leaks into the page around it. */
import { lineY } from '@observablehq/plot'
import t from 'tap'
import { page, plot } from '../../src/plot/plot.ts'
import { readXml } from '../read-xml.ts'

const draw = (title: string) => plot(title, { width: 300, height: 200, marks: [lineY([{ x: 1, y: 0.2 }, { x: 2, y: 0.9 }], { x: 'x', y: 'y' })] })

t.test('a page of plots is XML, and always the same', async (t) => {
  const made = page([draw('one & <two>'), draw('three'), draw('four')], 2)
  t.equal(page([draw('one & <two>'), draw('three'), draw('four')], 2), made)
  t.doesNotThrow(() => readXml(made))
  t.match(made, /one &amp; &lt;two&gt;/)
  t.match(made, /viewBox="0 0 600 452"/)
  t.notMatch(made, /<style|<script|NaN|undefined/)
})

t.test('legends do not take the place of the plot', async (t) => {
  const made = plot('with a legend', { width: 300, height: 200, color: { legend: true }, marks: [lineY([{ x: 1, y: 1, of: 'a' }, { x: 2, y: 2, of: 'b' }], { x: 'x', y: 'y', stroke: 'of' })] })
  t.match(made.svg, /aria-label="line"/)
})
