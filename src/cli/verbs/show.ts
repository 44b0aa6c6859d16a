/** `fractal-gym show`: the hierarchy of a framework as a tree, as Mermaid, as SVG, as JSON. */
import { Command, Option } from 'commander'
import { writeFileSync } from 'node:fs'
import { drawFigure } from '../../diagram/figure.ts'
import { type FrameworkView, viewFramework } from '../../diagram/framework-view.ts'
import { mermaidText } from '../../diagram/mermaid.ts'
import { figureSvg } from '../../diagram/svg.ts'
import { treeText } from '../../diagram/tree-text.ts'
import { harmless, painter } from '../../record/paint.ts'
import { WorkFailed } from '../failure.ts'
import { frameworkFor } from '../find-framework.ts'
import { type ForeignOptions, noteRemarks, withForeignOptions } from '../foreign-framework.ts'
import { inColour, note, print } from '../print.ts'

type Options = ForeignOptions & { tools?: boolean; mermaid?: boolean; svg?: boolean; json?: boolean; out?: string }

/** Columns where there is no terminal. */
const PAGE = 140

function show(ref: string, { tools: listsTools = false, mermaid, svg, json, out, ...options }: Options): void {
  const { framework, tools, remarks } = frameworkFor(ref, options)
  if (!json) noteRemarks(remarks)
  if (!framework) {
    if (json) print(JSON.stringify({ framework: null, remarks }))
    throw new WorkFailed(`${ref}: nothing to show`)
  }
  const view = viewFramework(framework, tools)
  const text = json ? JSON.stringify({ framework: asJson(view), remarks })
    : mermaid ? mermaidText(drawFigure(view, listsTools)).trimEnd()
      : svg ? figureSvg(drawFigure(view, listsTools), view.name, aboutOf(view)).trimEnd()
        : asTree(view, listsTools, out === undefined)
  if (out === undefined) print(text)
  else {
    writeFileSync(out, `${text}\n`)
    note(`drawn in ${out}`)
  }
  if (remarks.some(({ level }) => level === 'error')) throw new WorkFailed(`${ref}: loaded with errors`)
}

function asTree(view: FrameworkView, listsTools: boolean, onTerminal: boolean): string {
  const paint = painter(onTerminal && inColour())
  const width = onTerminal ? process.stdout.columns ?? PAGE : PAGE
  return treeText(view, { tools: listsTools, width, bold: (text) => paint('bold', harmless(text)), dim: (text) => paint('dim', harmless(text)) }).join('\n')
}

function aboutOf({ agents, levels }: FrameworkView): string {
  return `${agents.size} ${agents.size === 1 ? 'agent' : 'agents'}, ${levels} ${levels === 1 ? 'level' : 'levels'}`
}

function asJson({ agents, ...view }: FrameworkView): unknown {
  return { ...view, agents: [...agents.values()] }
}

export function showVerb(): Command {
  const one = ['mermaid', 'svg', 'json']
  const form = (flags: string, description: string): Option => new Option(flags, description).conflicts(one.filter((name) => !flags.includes(name)))
  return withForeignOptions(new Command('show')
    .description('Show a framework: its agents, who calls whom, the nodes of its workflows.')
    .argument('<framework>', 'a scenario or framework of the catalogue, a spec file, or a file of NexAU or NexGAP')
    .option('--tools', 'list tools instead of counting them')
    .addOption(form('--mermaid', 'print a Mermaid flowchart'))
    .addOption(form('--svg', 'print an SVG file'))
    .addOption(form('--json', 'print {framework, remarks}'))
    .option('-o, --out <file>', 'write to this file instead'))
    .addHelpText('after', '\nExample:\n  $ fractal-gym show retail --tools\n  $ fractal-gym show framework_config.yaml --svg -o framework.svg')
    .action(show)
}
