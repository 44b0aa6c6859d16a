/** Trajectories that a person names: files, standard input, or episodes of a running server. */
import { Trajectory } from '../../protocol/event.ts'
import type { CompiledScenario } from '../episode/compiled-scenario.ts'
import { UsageError, WorkFailed } from './failure.ts'
import { scenarioFor } from './find-scenario.ts'
import { readText } from './read-text.ts'

function parse(name: string, text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch (error) {
    throw new WorkFailed(`${name}: not JSON: ${(error as Error).message}`)
  }
}

function check(name: string, json: unknown): Trajectory {
  const parsed = Trajectory.safeParse(json)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]!
  throw new WorkFailed(`${name}: ${issue.path.join('.') || 'trajectory'}: ${issue.message}`)
}

/**
 * Reads one trajectory from a file, or from stdin by the name `-`.
 * @throws WorkFailed naming the file and what is wrong
 */
export function readTrajectory(file: string): Trajectory {
  return check(file, parse(file, readText(file)))
}

/** Reads a file of one trajectory, or of one a line; each with the name to speak of it by. */
export function readTrajectories(file: string): { readonly name: string; readonly trajectory: Trajectory }[] {
  const text = readText(file)
  if (!file.endsWith('.jsonl')) return [{ name: file, trajectory: check(file, parse(file, text)) }]
  return text.split('\n').flatMap((line, i) => {
    const name = `${file}:${i + 1}`
    return line.trim() === '' ? [] : [{ name, trajectory: check(name, parse(name, line)) }]
  })
}

/** Where a running server is, and the token to come with. */
export type ServerOptions = { readonly server: string; readonly token?: string }

/**
 * Fetches the trajectory of an episode; with the admin token, private fields included.
 * @throws WorkFailed when there is no such server or episode
 */
export async function fetchTrajectory(episode: string, { server, token = process.env.FRACTAL_GYM_TOKEN }: ServerOptions): Promise<Trajectory> {
  let url: URL
  try {
    url = new URL(`/v1/episodes/${episode}/trajectory`, server.replace(/^ws/, 'http'))
  } catch {
    throw new UsageError(`--server ${server} is no address; it looks like http://127.0.0.1:8765`)
  }
  let body: { trajectory?: unknown; message?: string; error?: { message?: string } }
  try {
    const response = await fetch(url, { headers: token ? { authorization: `Bearer ${token}` } : {} })
    body = (await response.json()) as typeof body
  } catch (error) {
    const { cause } = error as { cause?: { code?: string; message?: string } }
    throw new WorkFailed(`no gym answers at ${url.origin}: ${cause?.code ?? cause?.message ?? (error as Error).message}; start one with: fractal-gym serve`)
  }
  if (body.trajectory === undefined) throw new WorkFailed(`${url.origin}: ${body.error?.message ?? body.message ?? 'no trajectory'}`)
  return check(episode, body.trajectory)
}

/**
 * The scenario that a recording was played in: of the file that is given, or of the catalogue.
 * @throws WorkFailed where there is none, or of another content
 */
export function scenarioOf({ identity }: Trajectory, file: string | undefined): CompiledScenario {
  const scenario = scenarioFor(file ?? identity.scenario)
  if (scenario.digest === identity.digest) return scenario
  const where = file ?? 'the catalogue'
  throw new WorkFailed(`recorded in ${identity.scenario}@${identity.digest.slice(0, 8)}, but ${where} has ${scenario.name}@${scenario.digest.slice(0, 8)}; ${file === undefined ? 'name the file that it was played from with --scenario' : 'its content has changed since'}`)
}
