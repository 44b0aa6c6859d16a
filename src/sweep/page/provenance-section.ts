/** Where a report comes from, and how to get it again. */
import type { SweepReport } from '../../../protocol/sweep-report.ts'
import { listed, NOTHING, writeWhole } from './figure-text.ts'
import { caption, escapeHtml, escapeLines, fold, type Section, table } from './html.ts'

/** What has to be given besides the specification, as it is not part of it. */
function besides({ spec }: SweepReport): string[] {
  const endpoints = [...new Set(spec.policies.flatMap(({ policy, endpoint }) => (policy === 'endpoint' ? [endpoint ?? 'NAME'] : [])))]
  return [
    ...(endpoints.length ? [`${listed(endpoints.map((name) => `<code>--endpoint ${escapeHtml(name)}=URL,MODEL</code>`))}: what models answer need not be the same again`] : []),
    ...(spec.policies.some(({ policy }) => policy === 'replay') ? ['the recordings of the policies that replay them: they are left out below'] : []),
    ...(spec.policies.some(({ policy }) => policy === 'external') ? ['a server instead of the command, as clients of their own play some policies: send the specification to <code>sweep/create</code>'] : []),
  ]
}

function reproduce(report: SweepReport): string {
  const more = besides(report)
  return [
    caption('How to get it again'),
    `<p>Save the specification below as <code>sweep.json</code>, and play it with engine ${escapeHtml(report.engine)}:</p>`,
    '<pre>npx fractal-gym sweep --spec sweep.json</pre>',
    ...(more.length ? [`<p>It also needs ${more.join('; ')}.</p>`] : []),
    `<p>It draws the same tasks under the same luck if its plan has the digest <code>${escapeHtml(report.digest)}</code>; then built-in policies do the same again, and every figure of this page is the same.</p>`,
  ].join('\n')
}

/** The section on provenance. */
export function provenanceSection(report: SweepReport): Section {
  const { spec, scenarios, engine, verifier, digest, state } = report
  const facts = table([{ title: 'What' }, { title: 'Value' }], [['Engine', escapeHtml(engine)], ['Verifier', escapeHtml(verifier)], ['Digest of the plan', `<code>${escapeHtml(digest)}</code>`], ['State', escapeHtml(state)], ['Format', escapeHtml(report.format)]], { kind: 'wide' })
  const played = table([{ title: 'Scenario' }, { title: 'Tasks', kind: 'number' }, { title: 'Digest of its content' }], scenarios.map(({ name, tasks, digest: content }) => [escapeHtml(name), writeWhole(tasks), content === null ? `${NOTHING} (differs from seed to seed)` : `<code>${escapeHtml(content)}</code>`]), { kind: 'wide' })
  return {
    id: 'provenance', title: 'Provenance',
    html: [facts, reproduce(report), fold(`Specification <span>as JSON, with its defaults</span>`, `<pre>${escapeLines(JSON.stringify({ kind: 'Sweep', ...spec }, null, 2))}</pre>`), fold(`Scenarios <span>${scenarios.length}, with digests</span>`, played)].join('\n'),
  }
}
