/** Asking a model about an episode from the command line: the endpoint, a folder of answers. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import type { Advice } from '../../protocol/quality-report.ts'
import type { Episode } from '../episode/episode.ts'
import { type Endpoint, ENDPOINT_DEFAULTS } from '../llm/endpoint.ts'
import { askRubric, type ReplyCache } from '../llm/rubric.ts'
import { renderTranscript } from '../record/transcript.ts'
import { showEvents } from '../server/answers.ts'
import { wholeNumber } from './arguments.ts'
import { UsageError } from './failure.ts'
import { outside } from './outside.ts'

export type RubricOptions = { readonly rubric?: string; readonly model?: string; readonly rubricTimeout: number; readonly rubricCache?: string }

/** Gives a verb the options of an endpoint. */
export function withRubric(command: Command): Command {
  return command
    .option('--rubric <url>', 'ask this OpenAI-compatible endpoint (…/v1) about the rubrics of the task; its key comes from FRACTAL_GYM_LLM_KEY')
    .option('--model <name>', 'the model to ask')
    .option('--rubric-timeout <seconds>', 'how long one answer may take', wholeNumber(1, 3600), ENDPOINT_DEFAULTS.timeoutMs / 1000)
    .option('--rubric-cache <folder>', 'keep answers here, by what was asked')
}

/** One file an answer; a folder that cannot be written is told. */
function folderCache(folder: string): ReplyCache {
  const fileOf = (key: string): string => join(folder, `${key}.txt`)
  return {
    get(key) {
      try {
        return readFileSync(fileOf(key), 'utf8')
      } catch {
        return undefined
      }
    },
    set(key, reply) {
      mkdirSync(folder, { recursive: true })
      writeFileSync(fileOf(key), reply)
    },
  }
}

function endpointOf({ rubric: url, model, rubricTimeout }: RubricOptions): Endpoint {
  if (model === undefined) throw new UsageError('--rubric needs --model: which model to ask')
  if (!URL.canParse(url!) || !/^https?:/.test(url!)) throw new UsageError(`--rubric ${url} is no address; it looks like http://127.0.0.1:8000/v1`)
  const key = process.env.FRACTAL_GYM_LLM_KEY
  return { ...ENDPOINT_DEFAULTS, url: url!, model, timeoutMs: rubricTimeout * 1000, ...(key && { key }) }
}

/** Asks about every rubric of the episode's task, one after another; nothing where no endpoint is named. */
export async function adviceOn(episode: Episode, options: RubricOptions): Promise<Advice[]> {
  if (options.rubric === undefined) return []
  const endpoint = endpointOf(options)
  const cache = options.rubricCache === undefined ? undefined : folderCache(options.rubricCache)
  // A model sees what anybody may see: what the agent wrote may leave this machine, the task's gold may not.
  const transcript = renderTranscript(showEvents(episode.events(), false), { width: 4000 })
  const advice: Advice[] = []
  for (const rubric of episode.task.template.rubrics) advice.push(await askRubric(rubric, transcript, endpoint, outside, cache))
  return advice
}
