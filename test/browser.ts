/** Looks at pages in a real browser: how wide they get, whether anything is cut off, whether anything of theirs runs. */
import { spawnSync } from 'node:child_process'
import { accessSync, constants, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { pathToFileURL } from 'node:url'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'] as const

/** The browser of this machine. @throws Error that says what to install */
export function findBrowser(): string {
  const candidates = [...(process.env['CHROME'] ? [process.env['CHROME']] : []), ...(process.env['PATH'] ?? '').split(delimiter).flatMap((folder) => NAMES.map((name) => join(folder, name)))]
  const found = candidates.find((file) => {
    try {
      accessSync(file, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
  if (found === undefined) throw new Error(`no browser was found: install chromium (on Debian: apt-get install chromium; elsewhere Google Chrome), or set CHROME to its file. Looked for ${NAMES.join(', ')} on the PATH`)
  return found
}

/** What a page looks like at a width, with all that opens opened. */
export type Look = {
  readonly page: string
  readonly width: number
  readonly scrollWidth: number
  readonly clientWidth: number
  readonly svgs: number
  /** SVGs without width or height. */
  readonly empty: number
  /** Texts that reach out of their SVG. */
  readonly outside: readonly string[]
  /** Texts of one SVG that cover each other. */
  readonly overlapping: readonly string[]
  /** Elements and attributes that the page should not have, and whether a script of its data ran. */
  readonly foreign: readonly string[]
}

/** Runs in the page: it may use nothing of this file. */
const MEASURE = `
for (const details of document.querySelectorAll('details')) details.open = true
const root = document.documentElement
const svgs = [...document.querySelectorAll('svg')].filter((svg) => !svg.parentElement.closest('svg'))
const outside = [], overlapping = [], foreign = []
for (const svg of svgs) {
  const box = svg.getBoundingClientRect()
  const texts = [...svg.querySelectorAll('text')].filter((text) => text.textContent.trim()).map((text) => ({ said: text.textContent, box: text.getBoundingClientRect() }))
  for (const { said, box: own } of texts) if (own.left < box.left - 1 || own.right > box.right + 1 || own.top < box.top - 1 || own.bottom > box.bottom + 1) outside.push(svg.getAttribute('aria-label') + ': ' + said)
  for (const [i, a] of texts.entries()) for (const b of texts.slice(i + 1)) {
    const across = Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left)
    const down = Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top)
    if (across > 1 && down > 4) overlapping.push(svg.getAttribute('aria-label') + ': ' + a.said + ' | ' + b.said)
  }
}
for (const element of document.body.querySelectorAll('*')) {
  if (/^(script|img|iframe|object|embed|form|input|link|base|meta|image|use|foreignobject|audio|video)$/i.test(element.tagName) && element.id !== 'measure') foreign.push(element.outerHTML.slice(0, 100))
  for (const { name, value } of element.attributes) if (/^on/i.test(name) || (/^(href|src|xlink:href)$/i.test(name) && !value.startsWith('#'))) foreign.push(name + '=' + value.slice(0, 100))
}
if (window.injected) foreign.push('a script of the data ran')
const empty = svgs.filter((svg) => !(svg.getBoundingClientRect().width > 0 && svg.getBoundingClientRect().height > 0)).length
parent.postMessage({ key: location.hash.slice(1), scrollWidth: root.scrollWidth, clientWidth: root.clientWidth, svgs: svgs.length, empty, outside, overlapping, foreign }, '*')
`

const GUARD = /<meta http-equiv="Content-Security-Policy"[^>]*>/

type Measured = Omit<Look, 'page' | 'width'>

/** A browser without a display now and then never ends: it is begun again, with a profile of its own. */
const TRIES = 3
const SECONDS = 60

/** What all the frames of a page told it, or undefined where the browser did not come to its end. */
function measure(browser: string, host: string, profile: string, frames: number): Measured[] | undefined {
  const { stdout } = spawnSync(browser, [
    '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
    `--user-data-dir=${profile}`, '--window-size=1600,1000', '--dump-dom', pathToFileURL(host).href,
  ], { encoding: 'utf8', timeout: SECONDS * 1000, killSignal: 'SIGKILL', maxBuffer: 1 << 28 })
  const text = /<pre id="looks">([^<]*)<\/pre>/.exec(stdout ?? '')?.[1]
  if (text === undefined) return undefined
  const looks = JSON.parse(text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&nbsp;', '\u00a0').replaceAll('&amp;', '&')) as (Measured | null)[]
  return looks.filter((look) => look !== null).length === frames ? looks as Measured[] : undefined
}

/** Opens every page at every width. @param folder an empty one, where copies are written */
export function lookAt(pages: Readonly<Record<string, string>>, widths: readonly number[], folder: string): Look[] {
  const wanted = Object.keys(pages).flatMap((page) => widths.map((width) => ({ page, width })))
  for (const [name, html] of Object.entries(pages)) {
    // The copy has no policy of content: a script that slipped in would run, and be seen.
    writeFileSync(join(folder, `${name}.html`), html.replace(GUARD, '').replace('</body>', () => `<script id="measure">${MEASURE}</script></body>`))
  }
  const frames = wanted.map(({ page, width }, i) => `<iframe src="${page}.html#${i}" style="width:${width}px;height:900px;border:0"></iframe>`)
  const host = join(folder, 'host.html')
  writeFileSync(host, `<!DOCTYPE html><body><script>const looks = []; addEventListener('message', ({ data }) => { looks[data.key] = data; document.getElementById('looks').textContent = JSON.stringify(looks) })</script><pre id="looks">[]</pre>${frames.join('\n')}</body>`)
  const browser = findBrowser()
  const looks = Array.from({ length: TRIES }).reduce<Measured[] | undefined>((found, _, i) => found ?? measure(browser, host, join(folder, `profile-${i}`), wanted.length), undefined)
  if (!looks) throw new Error(`${browser} did not measure ${wanted.length} pages within ${SECONDS} seconds, ${TRIES} times`)
  return wanted.map((about, i) => ({ ...about, ...looks[i]! }))
}
