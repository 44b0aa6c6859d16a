/** `fractal-gym register`: sends a specification to a running server, which admits and keeps it. */
import { Command } from 'commander'
import { basename } from 'node:path'
import type { AdmissionReport, Complaint } from '../../../protocol/report.ts'
import { several } from '../arguments.ts'
import { writeComplaint } from '../complaints.ts'
import { UsageError, WorkFailed } from '../failure.ts'
import { note, print } from '../print.ts'
import { waitingLine } from '../progress-bar.ts'
import { readText } from '../read-text.ts'
import { writeReport } from '../report.ts'

type Options = { server: string; token?: string; with?: string[]; check?: boolean; json?: boolean }
type WireError = { message: string; data: { code: string; complaints?: Complaint[]; report?: AdmissionReport; nearest?: string; retry_after_ms?: number } }
type Answer = { name: string; digest: string; report: AdmissionReport } | { error: WireError }

/** The route, from an address as the server prints it (`ws://…`) or as a browser has it. */
function routeOf(server: string, check: boolean): URL {
  let url: URL
  try {
    url = new URL('/v1/scenarios', server.replace(/^ws/, 'http'))
  } catch {
    throw new UsageError(`--server ${server} is no address; it looks like http://127.0.0.1:8765`)
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new UsageError(`--server ${server} is no address; it looks like http://127.0.0.1:8765`)
  if (check) url.searchParams.set('validate', 'true')
  return url
}

async function post(url: URL, body: unknown, token: string | undefined): Promise<Answer> {
  try {
    const response = await fetch(url, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) } })
    return (await response.json()) as Answer
  } catch (error) {
    const { cause } = error as { cause?: { code?: string; message?: string } }
    throw new WorkFailed(`no gym answers at ${url.origin}: ${cause?.code ?? cause?.message ?? (error as Error).message}; start one with: fractal-gym serve`)
  }
}

/** Says all that is wrong, with the file's own name. */
function explain(file: string, { message, data }: WireError): string {
  const { code, complaints, report, nearest, retry_after_ms: wait } = data
  if (complaints) return complaints.map((complaint) => writeComplaint(complaint.file === 'source' ? { ...complaint, file } : complaint)).join('\n')
  if (report) return `${writeReport(report)}\nnot admitted: ${report.name}`
  const hints = [nearest && `did you mean ${nearest}?`, wait !== undefined && `try again in ${Math.ceil(wait / 1000)} s`, code === 'GYM_FORBIDDEN' && 'give a token with --token, or in FRACTAL_GYM_TOKEN'].filter(Boolean)
  return `${message} (${code})${hints.length ? `; ${hints.join('; ')}` : ''}`
}

function writeVerdict(answer: Answer): string {
  if (!('error' in answer)) return JSON.stringify({ ok: true, name: answer.name, digest: answer.digest, checks: answer.report.checks, complaints: [] })
  const { complaints = [], report } = answer.error.data
  return JSON.stringify({ ok: false, name: report?.name ?? null, digest: report?.digest ?? null, checks: report?.checks ?? [], complaints, error: { code: answer.error.data.code, message: answer.error.message } })
}

async function register(file: string, { server, token = process.env.FRACTAL_GYM_TOKEN, with: beside = [], check = false, json }: Options): Promise<void> {
  const url = routeOf(server, check)
  const files = Object.fromEntries(beside.map((path) => [basename(path), readText(path)]))
  const body = { source: readText(file), ...(beside.length > 0 && { files }) }
  const waiting = waitingLine(`${check ? 'trying' : 'registering'} ${basename(file)}`)
  const answer = await post(url, body, token === '' ? undefined : token).finally(waiting.clear)
  if (json) print(writeVerdict(answer))
  if ('error' in answer) throw new WorkFailed(explain(file, answer.error))
  if (!json) print(`${writeReport(answer.report)}\n${check ? 'passes' : 'registered'}: ${answer.name}@${answer.digest}`)
  if (!json && !check) note(`play it: client.reset("${answer.name}", seed=7)`)
}

export function registerVerb(): Command {
  return new Command('register')
    .description('Register a scenario on a running server: it is admitted there, and kept as the newest version of its name.')
    .argument('<file>', 'YAML or JSON with exactly one Scenario, or - for stdin')
    .option('--server <url>', 'address of the server', 'http://127.0.0.1:8765')
    .option('--token <token>', 'access token or admin token; default: FRACTAL_GYM_TOKEN')
    .option('--with <file>', 'a data file that the specification names (repeatable)', several)
    .option('--check', 'only try it there; nothing is kept')
    .option('--json', 'print {ok, name, digest, checks, complaints}')
    .addHelpText('after', '\nExample:\n  $ fractal-gym register my-world.yaml --server http://127.0.0.1:8765')
    .action(register)
}
