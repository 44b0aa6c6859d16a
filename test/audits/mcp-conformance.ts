/** The official conformance suite of MCP against an episode of a world that has the tools which it calls by name. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { compileCatalogue } from '../../src/compile/catalogue.ts'
import { GymServer } from '../../src/server/server.ts'
import { Session } from '../../src/server/session.ts'
import { ANYBODY, openGym, type TestGym } from '../server/gym-under-test.ts'

const ROOT = join(import.meta.dirname, '../..')
const SUITE = join(ROOT, 'node_modules/@modelcontextprotocol/conformance/dist/index.js')
const BASELINE = join(import.meta.dirname, 'mcp-conformance-baseline.yaml')
const FIXTURE = 'test/fixtures/mcp-conformance.yaml'

/** The latest revision with sessions, and the first one without. */
export const REVISIONS = ['2025-11-25', '2026-07-28'] as const
export type Revision = (typeof REVISIONS)[number]

type Status = 'SUCCESS' | 'FAILURE' | 'WARNING' | 'SKIPPED' | 'INFO'
type Check = { readonly id: string; readonly status: Status; readonly errorMessage?: string }

/** One case of the suite, with its checks and why it may fail. */
export type Case = { readonly revision: Revision; readonly name: string; readonly passed: number; readonly failed: readonly Check[]; readonly warned: readonly Check[]; readonly skipped: number; readonly reason: string | undefined }

export type ConformanceAudit = { readonly cases: readonly Case[]; readonly wrong: readonly string[] }

/** Reasons of the baseline by what they excuse. */
export function readBaseline(): ReadonlyMap<string, string> {
  return new Map(readFileSync(BASELINE, 'utf8').split('\n').flatMap((line) => {
    const [, what, reason] = /^- (\S+) # (.+)$/.exec(line) ?? []
    return what === undefined ? [] : [[what, reason!] as const]
  }))
}

function openConformanceGym(): TestGym {
  const { catalogue, complaints } = compileCatalogue([{ file: FIXTURE, text: readFileSync(join(ROOT, FIXTURE), 'utf8') }])
  if (complaints.length) throw new Error(JSON.stringify(complaints))
  return openGym({ catalogue })
}

/** Where the suite finds its episode: sessions open one of their own each, other revisions name one. */
async function pathFor(revision: Revision, gym: TestGym): Promise<string> {
  if (revision === '2025-11-25') return '/mcp?scenario=mcp-conformance&seed=1'
  const { reply } = await new Session(gym, ANYBODY).settle({ jsonrpc: '2.0', id: 1, method: 'env/reset', params: { scenario: 'mcp-conformance', seed: 1 } }, new AbortController().signal)
  return `/mcp/${(reply as { result: { episode: string } }).result.episode}`
}

async function runSuite(revision: Revision, url: string, suite: string, folder: string): Promise<{ code: number; said: string }> {
  const child = spawn(process.execPath, [SUITE, 'server', '--url', url, '--suite', suite, '--spec-version', revision, '--expected-failures', BASELINE, '--output-dir', folder], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] })
  const [said, [code]] = await Promise.all([text(child.stdout), once(child, 'exit') as Promise<[number]>])
  return { code, said }
}

function casesIn(folder: string, revision: Revision): Case[] {
  const baseline = readBaseline()
  return globSync('server-*/checks.json', { cwd: folder }).toSorted().map((file) => {
    const name = file.replace(/^server-(.+)-\d{4}-\d\d-\d\dT.*$/, '$1')
    const checks = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Check[]
    const of = (status: Status) => checks.filter((check) => check.status === status)
    const failed = of('FAILURE')
    const reason = [...failed, ...of('WARNING')].map(({ id }) => baseline.get(`${name}:${id}`)).find((each) => each !== undefined)
    return { revision, name, passed: of('SUCCESS').length, failed, warned: of('WARNING'), skipped: of('SKIPPED').length, reason }
  })
}

/**
 * Runs the suite at each revision; what fails beyond the baseline, or passes in spite of it, is wrong.
 * @param suite of the package: `active`, or `all` with pending and draft cases
 */
export async function auditConformance(suite: 'active' | 'all', revisions: readonly Revision[] = REVISIONS): Promise<ConformanceAudit> {
  const gym = openConformanceGym()
  const origins: string[] = []
  const server = await GymServer.create(gym, { adminToken: 'the-admin-token-of-this-audit', tokens: [], hosts: [], origins })
  const address = `127.0.0.1:${await server.listen('127.0.0.1', 0)}`
  // The suite wants pages of the server's own address let in; as shipped, no page is.
  origins.push(`http://${address}`)
  const cases: Case[] = []
  const wrong: string[] = []
  try {
    for (const revision of revisions) {
      const folder = mkdtempSync(join(tmpdir(), 'fractal-gym-mcp-'))
      const { code, said } = await runSuite(revision, `http://${address}${await pathFor(revision, gym)}`, suite, folder)
      cases.push(...casesIn(folder, revision))
      if (code !== 0) wrong.push(`${revision}: the suite ends with ${code}: ${said.split('=== SUMMARY ===').at(-1)!.trim().slice(-1500)}`)
      rmSync(folder, { recursive: true })
    }
    wrong.push(...gym.incidents.map(([incident, error]) => `incident ${incident}: ${String(error)}`))
  } finally {
    await server.stop()
  }
  return { cases, wrong }
}

/** One line a case. */
export function caseLine({ revision, name, passed, failed, warned, skipped, reason }: Case): string {
  const state = failed.length ? 'failed' : warned.length ? 'warned' : passed ? 'passed' : 'skipped'
  const said = [...failed, ...warned]
  const why = said.length ? `: ${reason ?? said.map(({ id, errorMessage }) => `${id}: ${errorMessage ?? ''}`).join('; ')}` : ''
  return `${revision}  ${state.padEnd(7)}  ${name.padEnd(48)}  ${passed} passed, ${failed.length} failed, ${skipped} skipped${why}`
}
