/** `fractal-gym dynamics`: which profiles there are, and what one of them does to a scenario. */
import { Command, Option } from 'commander'
import { writeFileSync } from 'node:fs'
import type { CompiledScenario } from '../../episode/compiled-scenario.ts'
import { POLICY_NAMES } from '../../policy/builtin.ts'
import { listProfiles, type ProfileSurvey, surveyProfile } from '../../survey/profile-survey.ts'
import { listJson, surveyJson } from '../../survey/survey-json.ts'
import { listText, surveyText } from '../../survey/survey-text.ts'
import { surveySvg } from '../../survey/svg/survey-svg.ts'
import { seedNumber, share, wholeNumber } from '../arguments.ts'
import { UsageError } from '../failure.ts'
import { type ChangeOptions, requireProfile, withChanges } from '../find-profile.ts'
import { scenarioFor } from '../find-scenario.ts'
import { inColour, note, print } from '../print.ts'
import { progressBar } from '../progress-bar.ts'

type Options = {
  scenario: string; seed: number; task?: string; luck?: number; intensity: number
  policy?: string[]; draws: number; episodes: number; svg?: string; json?: boolean
} & ChangeOptions

const POLICIES = ['robust', 'naive']
/** Columns where there is no terminal. */
const PAGE = 140

function survey(scenario: CompiledScenario, profile: string, { policy = POLICIES, intensity, add, without, ...options }: Options): ProfileSurvey {
  requireProfile(scenario, profile)
  const bar = progressBar(`trying ${profile}`)
  try {
    return surveyProfile(scenario, { ...options, choice: { profile, intensity, add, without }, policies: [...new Set(policy)] }, bar.show)
  } finally {
    bar.clear()
  }
}

function show(profile: string | undefined, options: Options): void {
  const { json, svg } = options
  if (profile === undefined && svg !== undefined) throw new UsageError('--svg draws one profile; name it')
  const scenario = scenarioFor(options.scenario)
  const sight = { width: process.stdout.columns ?? PAGE, colour: inColour() }
  if (profile === undefined) {
    const lines = listProfiles(scenario)
    if (json) print(JSON.stringify(listJson(lines), null, 2))
    else print(listText(scenario.name, lines, sight).join('\n'))
    return
  }
  const found = survey(scenario, profile, options)
  if (json) print(JSON.stringify(surveyJson(found)))
  else print(surveyText(found, sight).join('\n'))
  if (svg === undefined) return
  writeFileSync(svg, surveySvg(found))
  note(`drawn in ${svg}`)
}

export function dynamicsVerb(): Command {
  return withChanges(new Command('dynamics')
    .description('List the dynamics profiles of a scenario, or show what one does: its entries, latencies, faults, and the episodes of one seed.')
    .argument('[profile]', 'the profile to show; without one all are listed')
    .option('--scenario <ref>', 'name, name@digest, or a spec file', 'retail')
    .option('--seed <n>', 'whose episodes are shown', seedNumber, 0)
    .option('--task <name>', 'this task template instead of one drawn by the seed')
    .option('--luck <n>', 'which faults these episodes meet; default: from the seed', seedNumber)
    .option('--intensity <x>', 'how much of the profile, from 0 to 1', share, 1))
    .addOption(new Option('--policy <name...>', `who plays (default: ${POLICIES.join(' ')})`).choices(POLICY_NAMES))
    .option('--draws <n>', 'latencies drawn for each tool', wholeNumber(10, 1_000_000), 2000)
    .option('--episodes <n>', 'episodes of each policy, for shares and means', wholeNumber(1, 100_000), 200)
    .option('--svg <file>', 'also draw it, as one SVG file')
    .option('--json', 'print JSON: an array of profiles, or one object')
    .addHelpText('after', '\nExample:\n  $ fractal-gym dynamics\n  $ fractal-gym dynamics flaky --scenario retail --seed 7 --svg flaky.svg')
    .action(show)
}
