/** Each fixture loads with its quirks reported, exactly. */
import t from 'tap'
import { parse } from 'yaml'
import { readDocuments } from '../../src/spec/read-documents.ts'
import { bindTools } from '../../src/nexau/bind-tools.ts'
import { loadFramework } from '../../src/nexau/load-framework.ts'
import { filesOf } from '../../src/nexau/source-files.ts'
import { linesOf, ROOTS, TEXTS } from './fixture-files.ts'

const files = filesOf(TEXTS)
/** One agent file alone. */
const alone = (text: string, options = {}) => loadFramework('a.yaml', filesOf({ 'a.yaml': text }), options)

t.test('the older age', async (t) => {
  const loaded = loadFramework('old/returns_clerk.yaml', files)
  t.same(linesOf(loaded), [
    'old/returns_clerk.yaml:3:1 warning old_name', 'old/returns_clerk.yaml:14:1 warning unsupported', 'old/returns_clerk.yaml:7:16 note clock', 'old/returns_clerk.yaml:16:11 note renamed',
    'old/returns_clerk.yaml:18:14 note binding', 'old/issue_refund.yaml:9:1 warning unsupported', 'old/returns_clerk.yaml:21:14 note binding', 'old/returns_clerk.yaml:24:5 warning unsupported',
    'old/returns_clerk.yaml:26:21 warning unsupported', 'old/returns_clerk.yaml:9:1 note unsupported', 'old/returns_clerk.yaml:12:3 note secret', 'old/returns_clerk.yaml:2:7 note renamed',
  ])
  t.same(loaded.document, {
    kind: 'Framework', name: 'returns_clerk', root: 'returns_clerk',
    agents: { returns_clerk: {
      prompt: 'Today is {{ date }}. You are Returns_Clerk; settle what customers send back. Use GetOrder first.', tools: ['get_order', 'issue_refund'], stop_tools: ['issue_refund'],
      limits: { turns: 12, concurrent: 3, context_tokens: 90_000, ms: 240_000 },
    } },
  })
  t.match(loaded.remarks.map(({ message }) => message).join('\n'), /'desk.llm:bypass'|'custom_llm_generator'[^]*'desk.hooks:log_model'[^]*'desk.hooks:count_calls'[^]*model, base_url, temperature/)
})

t.test('the newer age', async (t) => {
  const loaded = loadFramework('new/desk_lead.yaml', files, { environment: { MODEL_KEY: 'sk-fixture-99999999' } })
  t.same(linesOf(loaded), [
    'new/desk_lead.yaml:14:5 note unsupported', 'new/prompts/lead.md.j2:7:12 warning template_variable', 'new/prompts/lead.md.j2:5:30 note clock', 'new/tools/search_policy.tool.yaml:6:1 note unsupported',
    'new/desk_lead.yaml:32:5 note unsupported', 'new/desk_lead.yaml:24:3 note renamed', 'new/desk_lead.yaml:38:5 warning unsupported', 'new/desk_lead.yaml:41:5 warning unsupported',
    'new/desk_lead.yaml:20:1 note unsupported', 'new/desk_lead.yaml:22:3 note secret', 'new/skills/refunds/SKILL.md:2:7 note renamed', 'new/skills/refunds/SKILL.md:1:1 warning unsupported',
  ])
  t.same(loaded.document, {
    kind: 'Framework', name: 'desk_lead', root: 'desk_lead',
    agents: { desk_lead: {
      description: 'Answers what customers write to the shop.',
      prompt: 'You lead the desk of desk_lead.\n- 1. Orders\n- 2. Refunds\nSpeak calmly. It is {{ timestamp }}.\nWork in .\n\nNever promise what the policy does not say: {{ policy }}.\n\nSign as Northwind Post.',
      tools: ['get_order', 'search_policy', 'add_order_note'],
      skills: { 'refund-rules': { description: 'When money goes back, and how much of it.', body: '# Refund rules\n\nWithin 30 days all of it, later nothing.' } },
      as_skill: { search_policy: 'How to find a passage of the house rules.' }, deferred: ['add_order_note'], ask_user: true, limits: { turns: 40, context_tokens: 60_000 },
    } },
    global_storage: { open_cases: [], shift: 'early' },
  })
  const world = ['get_order', 'search_policy', 'add_order_note', 'ask_user'].map((name) => ({ name }))
  const bound = loadFramework('new/desk_lead.yaml', files, { world }).framework!.agents.desk_lead!
  t.ok(bound.tools.includes('ask_user') && !bound.ask_user, "a world's own ask_user is its tool")
})

t.test('three levels: shared, recursive, called by other names', async (t) => {
  const loaded = loadFramework('hierarchy/main.yaml', files)
  t.same(linesOf(loaded), [
    'hierarchy/main.yaml:2:7 note renamed', 'hierarchy/agents/researcher.yaml:8:14 note binding', 'hierarchy/agents/researcher.yaml:1:7 note renamed', 'hierarchy/agents/reader.yaml:5:16 warning unsupported',
    'hierarchy/agents/researcher.yaml:14:11 warning cycle', 'hierarchy/agents/researcher.yaml:12:11 note renamed', 'hierarchy/agents/researcher.yaml:14:11 note renamed',
  ])
  t.same(loaded.document!.agents, {
    'editor-in-chief': { prompt: 'You plan the issue and delegate.', sub_agents: ['researcher', 'reviewer'], delegation: 'xml', limits: { concurrent: 2 } },
    researcher: { description: 'Finds sources.', prompt: 'You find sources for the question.', tools: ['web_search'], sub_agents: ['reader', 'reviewer', 'researcher'], delegation: 'named' },
    reviewer: { prompt: 'You look for mistakes.' },
    reader: { prompt: 'You read one page and quote it.', tools: ['web_read'] },
  })
  const two = { 'a.yaml': 'name: a\nsystem_prompt: x\nsub_agents: [{name: b, config_path: b.yaml}]', 'b.yaml': 'name: b\nsystem_prompt: x\nsub_agents: [{name: a, config_path: a.yaml}]' }
  t.match(loadFramework('a.yaml', filesOf(two)).remarks.find(({ code }) => code === 'cycle'), { file: 'b.yaml', message: 'agents call each other in a circle: a -> b -> a' })
})

t.test('what goes wrong most often, with the nearest name', async (t) => {
  const loaded = loadFramework('wrong.yaml', files)
  t.same(linesOf(loaded), [
    'wrong.yaml:17:9 error variable', 'wrong.yaml:3:1 error unknown_key', 'wrong.yaml:4:16 error file', 'wrong.yaml:9:16 error file', 'wrong.yaml:11:5 error unknown_key', 'wrong.yaml:8:3 warning duplicate',
    'wrong.yaml:12:14 warning name', 'wrong.yaml:6:17 error value', 'wrong.yaml:15:18 error file', 'wrong.yaml:2:7 warning missing',
  ])
  t.same(loaded.remarks.flatMap(({ nearest }) => nearest ?? []), ['team', 'system_prompt', 'new/tools/get_order.tool.yaml', 'binding'])
  t.match(loadFramework('new/desk_leed.yaml', files), { document: undefined, remarks: [{ code: 'file', nearest: 'new/desk_lead.yaml' }] })
})

t.test('a framework_config with a circle, orphans and misspelt names', async (t) => {
  const loaded = loadFramework('gap/framework_config.yaml', files)
  const told = loaded.remarks.filter(({ level, code }) => level !== 'note' && code !== 'template_variable').map(({ line, level, code, message }) => `${line} ${level} ${code}: ${message}`)
  t.same(told, [
    "59 warning unsupported: the MCP server 'web_index' (sse) is not reached; its tools must be tools of the world",
    "3 warning old_name: 'max_context' is an old name of 'max_context_tokens'",
    "21 error name: no tool 'compare_sourcs'",
    "41 warning orphan: no agent has the tool 'compare_sources'",
    "57 error name: no node 'jugde'",
    '56 warning cycle: edges go in a circle: searcher -> judge -> searcher',
    "51 warning orphan: no edge leads to or from the node 'archivist'",
    "52 warning orphan: no edge leads to or from the node 'web_index'",
    "56 warning condition: the condition 'judge.verdict == 'weak'' is left out: agents call whom they choose",
    "22 warning orphan: 'chief' does not lead to the agent 'archivist'; it is left out",
  ])
  t.same(loaded.document, {
    kind: 'Framework', name: 'claim_desk', description: 'Checks claims before they are printed.', root: 'chief',
    agents: {
      chief: { description: 'Takes the claim.', prompt: 'You are the chief. Claim:', sub_agents: ['searcher'] },
      searcher: { description: 'Finds sources.', prompt: 'You find sources and rank them.', tools: ['fetch_page', 'rank_sources'], limits: { context_tokens: 50_000 }, sub_agents: ['judge'] },
      judge: { prompt: 'You are the judge. Claim:', sub_agents: ['searcher'] },
    },
  })
})

t.test('every document reads back as a specification', async (t) => {
  for (const root of ROOTS) {
    const { document, framework } = loadFramework(root, files)
    const { documents, complaints } = readDocuments({ file: 'f.yaml', text: JSON.stringify(document) })
    t.same(complaints, [], root)
    t.same(documents[0]!.spec, framework)
  }
})

t.test('tools are bound by name when the framework is loaded', async (t) => {
  const text = 'name: a\nsystem_prompt: x\ntools: [{name: WebSearch}, {name: websearch2}, {name: fetchHTTPPage}, {name: chck_stock}]'
  const { framework, remarks } = alone(text, { world: [{ name: 'websearch' }, { name: 'websearch2' }, { name: 'fetch_http_page' }, { name: 'check_stock' }] })
  t.same(framework!.agents.a!.tools, ['websearch', 'websearch2', 'fetch_http_page', 'chck_stock'], 'lower case where the world has it, words where only they match')
  t.match(remarks.filter(({ level }) => level === 'error'), [{ code: 'tool', message: "the world has no tool 'chck_stock', which 'a' is to have", line: 3, column: 78, nearest: 'check_stock' }])
  t.same(alone(text).framework!.agents.a!.tools, ['web_search', 'websearch2', 'fetch_http_page', 'chck_stock'])
  t.same(bindTools(framework!, ['websearch', 'check_stock']), [{ agent: 'a', tool: 'websearch2', nearest: 'websearch' }, { agent: 'a', tool: 'fetch_http_page' }, { agent: 'a', tool: 'chck_stock', nearest: 'check_stock' }])
  const parallel = loadFramework('old/returns_clerk.yaml', files, { world: [{ name: 'get_order' }, { name: 'issue_refund', disable_parallel: false }] })
  t.match(parallel.remarks.find(({ code }) => code === 'parallel'), { level: 'warning', file: 'old/issue_refund.yaml', line: 8 })
  const stated = loadFramework('old/returns_clerk.yaml', files, { world: [{ name: 'get_order' }, { name: 'issue_refund', disable_parallel: true }] })
  t.notOk(stated.remarks.some(({ code }) => code === 'parallel'))
})

t.test('placeholders', async (t) => {
  const text = 'name: a\nmax_iterations: ${env.TURNS}\nsystem_prompt: "at ${env.PLACE} in ${this_file_dir}, ${env.NOWHERE}."\nllm_config: {api_key: "${env.KEY}", model: "${env.MODEL}"}'
  const { framework, remarks } = alone(text, { environment: { TURNS: '7', PLACE: 'home', KEY: 'topsecret-1' } })
  t.match(framework!.agents.a, { prompt: 'at home in /, .', limits: { turns: 7 } })
  t.same(remarks.filter(({ code }) => code === 'env').map(({ message, line, column, expected }) => [message, line, column, expected]), [["'NOWHERE' of the environment was not handed over; it stays empty", 3, 16, '--env NOWHERE']])
  const leak = alone('name: a\nsystem_prompt: "say ${env.KEY} and sk-literal-12345"\nllm_config: {api_key: "${env.KEY}", other: {api_key: sk-literal-12345}}', { environment: { KEY: 'topsecret-1' } })
  t.equal(leak.framework!.agents.a!.prompt, 'say  and ')
  t.match(leak.remarks.at(-1), { level: 'error', code: 'secret' })
  t.notMatch(JSON.stringify(leak), /topsecret|sk-literal/)
  t.match(alone('a: {b: ${env.X}}').remarks, [{ code: 'yaml', expected: /quotes around/ }])
})

t.test('names that do not fit are changed, and stay apart', async (t) => {
  const agent = (name: string) => `name: ${name}\nsystem_prompt: x`
  const { framework, remarks } = loadFramework('r.yaml', filesOf({
    'r.yaml': 'name: Résumé Desk!\nsystem_prompt: x\nsub_agents: [{name: Helper One, config_path: a.yaml}, {name: helper-one, config_path: b.yaml}, {name: 助手, config_path: c.yaml}, {name: user, config_path: d.yaml}]',
    'a.yaml': agent('a'), 'b.yaml': agent('b'), 'c.yaml': agent('c'), 'd.yaml': agent('d'),
  }))
  t.same(Object.keys(framework!.agents), ['resume-desk', 'helper-one', 'helper-one-2', 'c', 'user-agent'])
  t.equal(remarks.filter(({ code }) => code === 'renamed').length, 1 + 4 + 4)
})

t.test('ways to see sub-agents go by the age of the file', async (t) => {
  const delegation = (more: string) => loadFramework('a.yaml', filesOf({ 'a.yaml': `name: a\nsystem_prompt: x\nsub_agents: [{name: b, config_path: b.yaml}]\n${more}`, 'b.yaml': 'name: b\nsystem_prompt: x' })).framework!.agents.a!.delegation
  t.same(['', 'tool_call_mode: openai', 'tool_call_mode: xml', 'tool_call_mode: structured', 'type: agent', 'tools: [{name: t, defer_loading: true}]'].map(delegation), ['named', 'named', 'xml', 'agent', 'agent', 'agent'])
  t.match(alone('name: a\nsystem_prompt: x\ntool_call_mode: strctured').remarks, [{ level: 'error', code: 'value', nearest: 'structured' }])
  t.match(alone('name: a\nsystem_prompt: x\ntool_call_mode: anthorpic').remarks, [{ level: 'warning', code: 'old_name', nearest: 'anthropic' }])
})

t.test('JSON, merged keys, words for true, bounds', async (t) => {
  t.same(alone(JSON.stringify({ name: 'a', system_prompt: 'x' })).remarks, [])
  t.equal(alone('.x: &x {system_prompt: base}\n<<: *x\nname: a').framework!.agents.a!.prompt, 'base')
  t.same(alone('name: a\nsystem_prompt: x\ntools: [{name: t, defer_loading: yes}]').framework!.agents.a!.deferred, ['t'])
  t.match(alone('name: a\nsystem_prompt: x\nmax_running_subagents: 0\nmax_iterations: 99999').remarks, [{ code: 'value', message: "'max_iterations: 99999' becomes 10000" }, { message: "'max_running_subagents: 0' becomes 1" }])
  t.match(alone('- a').remarks, [{ code: 'value', expected: undefined }])
  t.match(alone('name: [a').remarks, [{ code: 'yaml', line: 1 }])
  t.ok(parse(TEXTS['wrong.yaml']!), 'the fixtures are YAML')
})
