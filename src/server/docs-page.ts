/** The OpenAPI document as one page of HTML that needs nothing else: no script, no other file, no other host. */

type Json = Record<string, unknown>
type Operation = { summary?: string; description?: string; parameters?: Json[]; requestBody?: { description?: string; content: Json }; responses: Record<string, { description: string; content?: Record<string, { schema: Json }> }> }

const STYLE = `
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1c2330;background:#fff}
h2{border-top:1px solid #ccd3dd;padding-top:1rem}code,pre{font:13px/1.4 ui-monospace,monospace;background:#f2f4f8;border-radius:4px}
code{padding:.1em .3em}pre{padding:.8rem;overflow:auto;max-height:30rem}table{border-collapse:collapse}td,th{border:1px solid #ccd3dd;padding:.3rem .6rem;text-align:left;vertical-align:top}
.verb{display:inline-block;min-width:3.5rem;font-weight:700;color:#0b5cad}summary{cursor:pointer}
@media (prefers-color-scheme:dark){body{color:#e6e9ef;background:#14181f}code,pre{background:#222936}td,th,h2{border-color:#39424f}.verb{color:#6db3ff}}`

function escape(text: unknown): string {
  return String(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}

/** Escaped text in which \`code\` is set as code and blank lines part paragraphs. */
function prose(text: unknown): string {
  return escape(text).replace(/`([^`]*)`/g, '<code>$1</code>').replaceAll('\n\n', '<br>')
}

function typeOf(schema: Json = {}): string {
  if (typeof schema.$ref === 'string') {
    const name = schema.$ref.split('/').at(-1)!
    return `<a href="#schema-${escape(name)}">${escape(name)}</a>`
  }
  if (Array.isArray(schema.enum)) return schema.enum.map((value) => `<code>${escape(value)}</code>`).join(' or ')
  if (schema.type === 'array') return `list of ${typeOf(schema.items as Json)}`
  return escape(schema.type ?? 'value')
}

function parameterTable(parameters: readonly Json[]): string {
  const rows = parameters.map(({ name, in: place, required, schema, description = '' }) => `<tr><td><code>${escape(name)}</code></td><td>${escape(place)}${required ? ', required' : ''}</td><td>${typeOf(schema as Json)}</td><td>${prose(description)}</td></tr>`)
  return `<table><tr><th>parameter</th><th>in</th><th>type</th><th></th></tr>${rows.join('')}</table>`
}

function operation(path: string, verb: string, { summary = '', description = '', parameters = [], requestBody, responses }: Operation): string {
  const good = Object.entries(responses).filter(([status]) => status.startsWith('2')).map(([status, { content = {} }]) => Object.entries(content).map(([media, { schema }]) => `<p>${status}: <code>${escape(media)}</code></p><details><summary>schema</summary><pre>${escape(JSON.stringify(schema, null, 2))}</pre></details>`).join(''))
  const bad = Object.entries(responses).filter(([status]) => !status.startsWith('2')).map(([status, response]) => `<tr><td>${status}</td><td>${prose(response.description)}</td></tr>`)
  return [
    `<section><h2><span class="verb">${escape(verb.toUpperCase())}</span> <code>${escape(path)}</code></h2>`,
    `<p>${prose(summary)} ${prose(description)}</p>`,
    parameters.length ? parameterTable(parameters) : '',
    requestBody ? `<p>Body: ${prose(requestBody.description ?? '')} As ${Object.keys(requestBody.content).map((media) => `<code>${escape(media)}</code>`).join(', ')}.</p>` : '',
    ...good,
    `<details><summary>errors</summary><table>${bad.join('')}</table></details></section>`,
  ].join('\n')
}

/** Renders the document. */
export function docsPage(document: Json): string {
  const { info, paths, components } = document as { info: { title: string; version: string; description: string }; paths: Record<string, Record<string, Operation>>; components: { schemas: Json } }
  const routes = Object.entries(paths).flatMap(([path, verbs]) => Object.entries(verbs).map(([verb, each]) => operation(path, verb, each)))
  const schemas = Object.entries(components.schemas).map(([name, schema]) => `<details id="schema-${escape(name)}"><summary><code>${escape(name)}</code></summary><pre>${escape(JSON.stringify(schema, null, 2))}</pre></details>`)
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escape(info.title)} ${escape(info.version)}</title><style>${STYLE}</style>
<h1>${escape(info.title)} ${escape(info.version)}</h1><p>${prose(info.description)}</p><p><a href="/openapi.json">openapi.json</a></p>
${routes.join('\n')}
<h2>Schemas</h2>
${schemas.join('\n')}
</html>
`
}
