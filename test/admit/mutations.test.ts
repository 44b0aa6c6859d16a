/** The attack on verifiers: each mutation, ceiling and static check finds the scenario that is wrong in its way, and no other. */
import t from 'tap'
import { admitScenario } from '../../src/admit/admit.ts'
import { sameAnswerLeaks, staticLeaks } from '../../src/admit/leak.ts'
import { MUTATION_TABLE } from '../../src/admit/mutation-table.ts'
import { playMutation } from '../../src/admit/mutant.ts'
import { changedAt, respelledJson, respelledText, turnedRound } from '../../src/admit/respell.ts'
import { unreachable } from '../../src/admit/reachable.ts'
import { ATTACKERS, playTrial } from '../../src/admit/trial.ts'
import { misreadings } from '../../src/admit/unambiguous.ts'
import { canonicalJson } from '../../src/core/canonical-json.ts'
import type { CompiledScenario } from '../../src/episode/compiled-scenario.ts'
import { carrierScenario } from '../carrier.ts'
import { CALM, deskWith, runOf, tryMutations } from './mutations-under-test.ts'

const PAID = "that: ['accounts.get(account.id).balance == account.balance - amount', 'payments.exists(p, p.account == account.id)']"
const ONCE = "    - {id: once, kind: effects.exactly_once, insert: payments, where: 'row.account == account.id'}\n"
const MASK = "      - {update: accounts, key: account.id, columns: [balance]}\n      - {insert: payments, where: 'row.account == account.id'}\n"
const WIDE = "      - {update: accounts, keys: 'accounts.map(a, a.id)'}\n      - {insert: payments, at_most: 9}\n"
const PAY_WITNESS = '    - {call: get_account, with: {id: account.id}}\n    - {call: pay, with: {id: account.id, amount: amount}}\n'

/** What fails in a row of the table, by the names of the mutations. */
const holes = (scenario: CompiledScenario, task: string, row: string) => tryMutations(scenario, task, row).filter(({ ok }) => !ok).map(({ name }) => name)

t.test('the right scenario passes every row; rows that need a search find what they need', async (t) => {
  for (const [scenario, task] of [[deskWith().scenario, 'pay_once'], [deskWith().scenario, 'pay_and_tell'], [deskWith().scenario, 'balance_of'], [carrierScenario(), 'resume'], [carrierScenario(), 'resume.forgotten_pin'], [carrierScenario(), 'usage.alone']] as const) {
    for (const seed of [3, 4, 5]) t.same(tryMutations(scenario, task, undefined, seed).filter(({ ok }) => !ok), [], task)
  }
  const tried = tryMutations(deskWith().scenario, 'pay_once')
  const names = (row: string) => tried.filter((one) => one.row === row && one.applies).map(({ name }) => name)
  for (const tool of ['pay', 'freeze']) for (const step of [1, 2, 3]) t.ok(names('stray_write').some((name) => name.startsWith(`stray ${tool} before step ${step}`)), `${tool} before ${step}`)
  t.notOk(names('stray_write').some((name) => name.includes('overdraw')), 'what commits nothing is no stray write')
  t.match(names('other_reads_added'), [/^reads added: get_account before step 1, get_account before step 2, get_account before step 3$/])
  t.match(names('write_twice'), ['write 2 (pay) twice'])
  t.match(names('numbers_respelled'), ['numbers spelled otherwise'])
  t.same(tryMutations(deskWith().scenario, 'owner_graded', 'write_twice'), [], 'freezing is idempotent')
  t.ok(tryMutations(carrierScenario(), 'resume', 'write_twice').every(({ applies }) => !applies), 'the second is refused')
})

t.test('what shares a beginning with the witness is played on from there, and comes out as it would from the start', async (t) => {
  for (const [scenario, task] of [[deskWith().scenario, 'pay_and_tell'], [carrierScenario(), 'resume']] as const) {
    const run = runOf(scenario, task)
    const [same] = MUTATION_TABLE[0]!.of(run, undefined as never, undefined as never)
    t.equal(canonicalJson(playMutation(run, same!)!.episode.events()), canonicalJson(run.end.events()))
    const whole = playMutation(run, { ...same!, spelled: (action) => action })!
    t.equal(canonicalJson(whole.episode.events()), canonicalJson(run.end.events()))
  }
})

t.test('each row finds the verifier that is wrong in its way', async (t) => {
  const desk = (...edits: [string, string][]) => deskWith(...edits).scenario
  t.same(holes(desk([PAID, "that: ['accounts.get(account.id).balance == account.balance - amount - 1']"]), 'pay_once', 'as_it_is'), ['as it is'])

  const careless: [string, string][] = [[PAID, 'that: [amount > 0]'], [ONCE, '']]
  t.same(holes(desk(...careless), 'pay_once', 'without_write'), ['without write 2 (pay)'], 'nothing demands the effect')
  const told = desk(["- {id: made, kind: answer.typed, expect: 'payments.one(p, p.account == account.id).id'}\n    - {id: sum, kind: state.predicates, that: ['payments.one(p, p.account == account.id).amount == 5']}", "- {id: made, kind: calls.constraints, call: get_account, least: 0, most: 9}"])
  t.same(holes(told, 'pay_and_tell', 'without_write'), [], 'nothing asks for the payment, but its number would be made up')

  const strict = desk(["    - {id: once, kind", "    - {id: one_look, kind: calls.constraints, call: get_account, most: 1}\n    - {id: once, kind"])
  t.same(holes(strict, 'pay_once', 'read_again'), ['read 1 (get_account) twice'], 'one prudent read more')
  t.match(holes(strict, 'pay_once', 'own_reads_added'), [/^reads added: get_account/])
  t.match(holes(strict, 'pay_once', 'other_reads_added'), [/^reads added: get_account/])

  const wide = desk([MASK, WIDE])
  t.ok(holes(wide, 'pay_once', 'stray_write').some((name) => name.startsWith('stray pay')), 'a payment of another')
  t.ok(holes(wide, 'pay_once', 'stray_write').some((name) => name.startsWith('stray freeze')))
  const column = desk(['key: account.id, columns: [balance]}\n      - {insert: payments, where', 'key: account.id}\n      - {insert: payments, where'])
  t.same(tryMutations(column, 'pay_once', 'stray_write').filter(({ ok }) => !ok).filter(({ name }) => !name.startsWith('stray freeze')), [], 'only another column of the same row')
  const ungated = desk(['      kind: state.untouched\n      except:', '      kind: state.untouched\n      gate: false\n      except:'])
  t.ok(holes(ungated, 'pay_once', 'stray_write').length > 0, 'it has to be a gate')

  const blind: [string, string][] = [[PAID, "that: ['payments.exists(p, p.account == account.id && p.amount == amount)']"], [ONCE, ''], ["{insert: payments, where: 'row.account == account.id'}\n  balance_of", "{insert: payments, where: 'row.account == account.id', at_most: 9}\n  balance_of"]]
  t.same(holes(desk(...blind), 'pay_once', 'write_twice'), [], 'a doubled row is seen whatever the checks count')
  const rowless: [string, string] = ['    - insert: payments\n      row: {account: a.id, amount: args.amount}\n      as: p\n    - return: {payment: p.id, balance: a.balance - args.amount}', '    - return: {balance: a.balance - args.amount}']
  const less: [string, string][] = [rowless, [PAID, "that: ['accounts.get(account.id).balance < account.balance']"], [ONCE, '']]
  t.same(holes(desk(...less), 'pay_once', 'write_twice'), [], 'and money that was moved twice')
  const unseen: [string, string] = ["    read_back: {call: get_account, with: {id: args.id}, done: 'result.payments.exists(p, p == args.amount)'}\n", '']
  t.same(holes(desk(...less, unseen), 'pay_once', 'write_twice'), ['write 2 (pay) twice'], 'of what cannot be read back nobody knows whether it worked')

  const ordered = desk([PAY_WITNESS, PAY_WITNESS.replace('account.id}}', 'account.id}, commutes: true}')], ["    - {id: once, kind", "    - {id: looked_first, kind: calls.constraints, order: [{call: get_account}, {call: pay}]}\n    - {id: once, kind"])
  t.same(holes(ordered, 'pay_once', 'swapped'), ['steps 1 and 2 swapped'])

  const words = carrierScenario(['- {id: told, kind: communicated, text: line.used_mb}', '- {id: told, kind: communicated, text: "\'hello\'"}'], ["{say: 'You have used", "{say: 'Hello, you have used"])
  t.same(holes(words, 'usage', 'without_required'), ['without saying it'])
})

t.test('a set may come in any order, numbers in any spelling', async (t) => {
  const SETS: [string, string] = ['    answer: {type: number, multipleOf: 0.01}\n    witness:\n    - {call: get_account, with: {id: account.id}, as: a}\n    finish: {answer: a.balance}\n    checks:\n    - {id: right, kind: answer.typed, expect: account.balance}', `    answer: {type: array, items: {type: string}}
    witness:
    - {call: get_account, with: {id: account.id}, as: a}
    finish: {answer: '[string(a.owner), string(a.id)]'}
    checks:
    - {id: right, kind: answer.typed, expect: '[account.owner, account.id]', compare: set}`]
  t.match(tryMutations(deskWith(SETS).scenario, 'balance_of', 'sets_reordered'), [{ name: 'sets reordered', ok: true, reward: 1 }])
  t.same(tryMutations(deskWith([SETS[0], SETS[1].replace(', compare: set', '')]).scenario, 'balance_of', 'sets_reordered'), [], 'an order that counts is left alone')
  t.equal(respelledJson({ a: [25, -3, 0.5, 1e300, '7'], b: { c: true } }), '{"a": [25.0, -3.0, 0.50, 1e+300, "7"], "b": {"c": true}}')
  t.same(JSON.parse(respelledJson({ a: [25, 0.5] })), { a: [25, 0.5] })
  t.same(['1250', '-1234567.5', '12', 'A7'].map(respelledText), ['1,250.00', '-1,234,567.50', '12.00', 'A7'])
  t.same(changedAt([{ x: [1, 2], y: [1, 2] }, { x: [3] }], [['x']], turnedRound), [{ x: [2, 1], y: [1, 2] }, { x: [3] }])
})

t.test('reading is below 1 without where grounding is declared, and only reported elsewhere', async (t) => {
  const musts = (scenario: CompiledScenario) => tryMutations(scenario, 'pay_once', 'without_read').map(({ name, must }) => `${name}: ${must}`)
  t.same(musts(deskWith().scenario), ['without read 1 (get_account): reported'])
  const idle = deskWith(["    - {id: once, kind", "    - {id: grounded, kind: grounding}\n    - {id: once, kind"]).scenario
  t.same(musts(idle), ['without read 1 (get_account): below one'])
  t.same(holes(idle, 'pay_once', 'without_read'), ['without read 1 (get_account)'], 'a read that grounds nothing')
})

t.test('an instruction that two rows fit is found; what tells them apart is told', async (t) => {
  const ASK = 'Please pay ${amount} from account ${account.id}.'
  const found = (scenario: CompiledScenario, task = 'pay_once') => [3, 4, 5].flatMap((seed) => misreadings(runOf(scenario, task, seed)))
  t.same(found(deskWith().scenario), [])
  const vague = deskWith([ASK, 'Please pay ${amount} from an account of ${account.owner}.'])
  const [first] = found(vague.scenario)
  t.match(first?.found, /^the instruction means two things: account A\d+ and account A\d+ fit it alike, and who takes the second earns 0: "Please pay \d from an account of \w+\."; tell them apart in the instruction, or in bind\.account$/)
  t.match(admitScenario(vague.scenario, { seeds: 2 }).checks.find(({ id }) => id === 'unambiguous'), { ok: false, examples: [{ task: 'pay_once', transcript: String }] })
  const unique = deskWith([ASK, 'Please pay ${amount} from the account of ${account.owner}.'], ["where: 'account.balance >= 100 && !account.frozen'", "where: 'account.balance >= 100 && !account.frozen && !accounts.exists(a, a.owner == account.owner && a.id != account.id && a.balance >= 100 && !a.frozen)'"])
  t.ok([3, 4, 5].every((seed) => playTrial(unique.scenario, 'noop', { seed, task: 'balance_of' })), 'it compiles')
  const either = deskWith([ASK, 'Please pay ${amount} from an account of ${account.owner}.'], [PAID, "that: ['payments.exists(p, accounts.get(p.account).owner == account.owner && p.amount == amount)']"], [ONCE, ''], [MASK, "      - {update: accounts, keys: 'accounts.filter(a, a.owner == account.owner).map(a, a.id)', columns: [balance]}\n      - {insert: payments, where: 'accounts.get(row.account).owner == account.owner'}\n"])
  t.same(found(either.scenario), [], 'either will do')
  t.same(found(carrierScenario(), 'resume'), [], 'the user knows which line')
  t.same(found(carrierScenario(), 'no_internet'), [], 'the phone shows what is wrong')
  const shown = deskWith([ASK, 'One account was just frozen by mistake. Please pay ${amount} from it.'], ["    instruction: One account", "    setup:\n    - set: {'accounts[account.id].frozen': true}\n    instruction: One account"], ['balance: a.balance, payments', 'balance: a.balance, frozen: a.frozen, payments'])
  t.same(found(shown.scenario), [], 'the world shows which')
})

t.test('a witness that knows what nothing told it is refused, with the step and the remedy', async (t) => {
  const found = (...edits: [string, string][]) => [3, 4, 5].map((seed) => unreachable(runOf(deskWith(...edits).scenario, 'pay_once', seed)))
  t.same(found(), [undefined, undefined, undefined])
  const VAGUE: [string, string] = ['Please pay ${amount} from account ${account.id}.', 'Please pay ${amount} from the account of ${account.owner}.']
  t.match(found(VAGUE), [/^step 1 of the witness \(get_account\) has "A\d+" at \/arguments\/id, and neither the instruction, the user, nor anything that it read before says so: let it read that first/, String, String])
  const LIST: [string, string] = ['tools:\n', "tools:\n  list_accounts:\n    description: Lists all accounts.\n    effect: read\n    input: {}\n    do: [{return: {accounts: 'accounts.map(a, {\"id\": a.id, \"owner\": a.owner})'}}]\n"]
  t.same(found(VAGUE, LIST, [PAY_WITNESS, `    - {call: list_accounts}\n${PAY_WITNESS}`]), [undefined, undefined, undefined], 'it reads first')
  t.same(found(VAGUE, ["    - {id: once, kind", "    - {id: grounded, kind: grounding, except: ['get_account.id', pay]}\n    - {id: once, kind"]), [undefined, undefined, undefined], 'what grounding lets pass')
  t.match(admitScenario(deskWith(VAGUE).scenario, { seeds: 2, profiles: [CALM] }).checks.find(({ id }) => id === 'reachable'), { ok: false, examples: [{ task: 'pay_once', found: /^step 1/ }] })
  for (const task of ['resume', 'usage', 'no_internet']) t.equal(unreachable(runOf(carrierScenario(), task)), undefined, 'the user says it')
})

t.test('a constant that is asked for stands nowhere that every agent is shown', async (t) => {
  const constant = (...edits: [string, string][]) => {
    const { scenario, spec } = deskWith(['    answer: {type: string}\n    witness:\n    - {call: get_account, with: {id: account.id}, as: a}\n    - {call: freeze', '    answer: {type: string, description: One word.}\n    witness:\n    - {call: get_account, with: {id: account.id}, as: a}\n    - {call: freeze'], ['finish: {answer: a.owner}', `finish: {answer: "'gold standard'"}`], ['expect: account.owner', `expect: "'gold standard'"`], ...edits)
    return staticLeaks(spec, scenario).map(({ task, found }) => `${task}: ${found}`)
  }
  t.same(constant(), [])
  t.match(constant(['prompt: You are a teller.', 'prompt: You are a teller of the Gold Standard bank.']), [/^owner_graded: 'gold standard' stands in the prompt or the rules and is the answer/])
  t.match(constant(['description: Looks up one account', 'description: Looks up one gold-standard account']), [/stands in the description of tool get_account/])
  t.match(constant(['    description: Freezes an account.\n    effect: write\n    idempotent: true\n    disable_parallel: true\n    input: {properties: {id: {type: string}}', '    description: Freezes an account.\n    effect: write\n    idempotent: true\n    disable_parallel: true\n    input: {properties: {id: {type: string, description: The gold standard of ids.}}']), [/stands in the description of tools\.freeze\.input\.id/])
  t.match(constant(['\n  overdraw:', '\n  gold_standard:']), [/stands in the name of tool gold_standard/])
  t.match(constant(['description: One word.', 'description: Is it gold standard?']), [/stands in the description of the answer/])
  t.match(constant(['Who owns ${account.id}?', 'Is ${account.id} gold standard?']), [/stands in the instruction/])
  t.match(constant(["title: A teller's desk", "title: A teller's desk\nrules: Only gold standard accounts count."]), [/the prompt or the rules/])
  const reasons = (reason: string) => {
    const { scenario, spec } = deskWith(['prompt: You are a teller.', 'prompt: A frozen account pays nothing. Say that the account is locked.'], ['    instruction: Please pay ${amount}', `    outcome: unable\n    instruction: Please pay \${amount}`], [PAY_WITNESS, '    - {call: get_account, with: {id: account.id}}\n'], ['    - {id: paid, kind', `    - {id: why, kind: abstention, cause: [{call: get_account}], reason: "${reason}"}\n    - {id: paid, kind`], ['\n    finish:', '\n    finish:'])
    return staticLeaks(spec, scenario).map(({ found }) => found)
  }
  t.match(reasons("['account is locked', 'x']"), [/'account is locked' stands in the prompt or the rules and is the reason/])
  t.same(reasons("['frozen']"), [], 'a status is a word of the rules')
  const alias = deskWith(['    bind:\n      account: {from: accounts}\n    instruction: What does account ${account.id} hold?', '    bind:\n      account: {from: accounts}\n      held: {value: account.balance}\n    instruction: What does account ${account.id} hold, is it ${held}?'])
  t.match(staticLeaks(alias.spec, alias.scenario), [{ task: 'balance_of', found: 'the instruction shows ${held}, which is the answer' }])
})

t.test('an answer that is computed and always the same is a constant', async (t) => {
  const { scenario } = deskWith(['Looks up one account with its payments.', 'Looks up one account of Ada, Ben, Chi or Dov, a gold customer.'], ['finish: {answer: a.owner}', `finish: {answer: "string(a.owner) == '' ? 'x' : 'gold customer'"}`], ['expect: account.owner', `expect: "account.owner == '' ? 'x' : 'gold customer'"`])
  const episodes = [3, 4, 5].map((seed) => runOf(scenario, 'owner_graded', seed).end)
  t.match(sameAnswerLeaks('owner_graded', episodes, scenario), [{ found: /^'gold customer' stands in the description of tool get_account and is the answer in each of 3 seeds/ }])
  t.same(sameAnswerLeaks('owner_graded', episodes.slice(1), scenario), [], 'two are no proof')
  t.same(sameAnswerLeaks('balance_of', [3, 4, 5].map((seed) => runOf(scenario, 'balance_of', seed).end), scenario), [])
})

t.test('what a trivial policy earns is told from luck by more seeds', async (t) => {
  const trivial = (scenario: CompiledScenario) => admitScenario(scenario, { seeds: 4, profiles: [CALM] }).checks.find(({ id }) => id === 'trivial')!
  const DONE: [string, string] = ['  overdraw:\n    description: Breaks an invariant, as a mistaken specification would.\n    effect: write\n    input: {properties: {id: {type: string}}, required: [id]}\n    do:\n    - set: {\'accounts[args.id].balance\': "0 - usd(\'1\')"}\n', '']
  const guess = deskWith(DONE, ['    answer: {type: number, multipleOf: 0.01}\n', '    answer: {type: boolean}\n'], ['finish: {answer: a.balance}', 'finish: {answer: a.balance > 250}'], ['expect: account.balance}', 'expect: account.balance > 250}'])
  t.match(trivial(guess.scenario), { ok: false, detail: /balance_of, seed \d+, .*earns 0\.\d+ on average over \d+ seeds/ }, 'every second guess is right')
  const rare = deskWith(DONE, ['    answer: {type: number, multipleOf: 0.01}\n', '    answer: {type: integer}\n'], ['    bind:\n      account: {from: accounts}\n    instruction: What does', '    bind:\n      account: {from: accounts}\n      number: {between: [1, 40]}\n    instruction: What does'], ['finish: {answer: a.balance}', 'finish: {answer: number}'], ['expect: account.balance}', 'expect: number}'])
  t.ok(Array.from({ length: 40 }, (_, seed) => playTrial(rare.scenario, 'constant-first', { seed, task: 'balance_of' }).reward).includes(1), 'it is right now and then')
  t.notMatch(trivial(rare.scenario).detail, /constant|noop/, 'one guess of forty is luck')
  for (const policy of ['noop', 'refuse', 'random', ...Object.keys(ATTACKERS)]) for (const task of ['usage', 'resume', 'resume.forgotten_pin', 'no_internet', 'usage.alone']) t.ok(playTrial(carrierScenario(), policy, { seed: 5, task }).reward !== null, `${policy} plays ${task}`)
})

t.test('the report holds the table: what was played, what held, what naive earns', async (t) => {
  const { mutations } = admitScenario(carrierScenario(), { seeds: 2 })
  const rows = new Map(mutations.map((row) => [row.id, row]))
  for (const { id, about, must } of MUTATION_TABLE.filter(({ id: name }) => rows.has(name))) t.match(rows.get(id), { about, must })
  for (const id of ['as_it_is', 'without_write', 'without_required', 'without_read', 'read_again', 'own_reads_added', 'stray_write', 'wrong_ending', 'robust', 'naive under clean']) t.ok(rows.get(id)!.played > 0, id)
  t.ok(mutations.every(({ must, played, held }) => must === 'reported' || held === played))
  t.equal(rows.get('robust')!.mean, 1)
})
