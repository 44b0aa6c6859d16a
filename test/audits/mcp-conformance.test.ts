/** The official conformance suite of MCP: what the long audit prints case by case. */
import t from 'tap'
import { auditConformance, readBaseline, REVISIONS } from './mcp-conformance.ts'

t.test('nothing fails but what the baseline says, and that does', async (t) => {
  const { cases, wrong } = await auditConformance('all')
  t.same(wrong, [])
  for (const revision of REVISIONS) t.ok(cases.filter((one) => one.revision === revision).length > 30, `${revision} was run`)
  t.ok(cases.filter(({ failed, warned }) => failed.length + warned.length === 0).length >= 30, 'most of what an episode can do was asked')
  const seen = new Set(cases.flatMap(({ name, failed, warned }) => [...failed, ...warned].map(({ id }) => `${name}:${id}`)))
  t.same([...readBaseline().keys()].filter((what) => !seen.has(what)), [], 'every line of the baseline is needed')
})
