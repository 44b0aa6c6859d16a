/** Wrong specifications: what is replaced in a sound one, and what must be said about it, at which place. */

export type WrongSpec = {
  /** The sound specification, below test/fixtures/. */
  readonly base: string
  readonly from: string
  readonly to: string
  /** Where the complaint stands: this text of the wrong specification, after the bar if there is one. */
  readonly at: string
  readonly code: string
  readonly message: RegExp
  readonly nearest?: string
  readonly expected?: RegExp
}

type More = { nearest?: string; expected?: RegExp }
const of = (base: string) => (from: string, to: string, at: string, code: string, message: RegExp, more: More = {}): WrongSpec => ({ base, from, to, at, code, message, ...more })

const line = of('worlds/line.yaml')
const carrier = of('carrier.yaml')
const air = of('worlds/air.yaml')
const people = of('worlds/people.yaml')
const tested = of('worlds/tested.yaml')

export const WRONG_SPECS: readonly WrongSpec[] = [
  tested("members: [{id: M1, name: Ada}, {id: M2}]", "members: [{id: M1, name: Ada}, {id: M2, level: null}]", 'level: |null}]', 'value', /^tests\.1\.given\.members\.1\.level: null where int is needed/, { expected: /nullable: true/ }),
  // Expressions that want quotes, and parts that do not fit.
  air('- require: d.seats[args.cabin] != null &&', '- require: !d.open &&', '- require: |!d.open', 'yaml', /Unresolved tag/, { expected: /quotes around an expression/ }),
  air('else: Not enough seats', 'else: Not enough: ${args.n}', 'else: |Not enough: ${', 'yaml', /Nested mappings/, { expected: /quotes around an expression/ }),
  air("    - return: {left: 'departures", "    - set: {'departures[d.id].fares': \"{'economy': ratio(1, 2), 'business': 1}\"}\n    - return: {left: 'departures", "'departures[d.id].fares': \"|{'economy'", 'expression', /\{economy: double\} does not fit/, { expected: /\{economy: dec\(2\)\}/ }),
  // Lifecycles, computed fields, reactions, timers, dispatch.
  line('column: status\n', 'column: state\n', 'column: |state\n      initial', 'lifecycle', /no column 'state'/, { nearest: 'status' }),
  line('column: status\n', 'column: number\n', 'column: |number\n', 'lifecycle', /'number' is no enum/),
  line('initial: [active]', 'initial: [activ]', '[|activ]', 'lifecycle', /'activ' is no value/, { nearest: 'active' }),
  line('suspended: [active, closed]}', 'suspended: [active, close]}', '|close]}', 'lifecycle', /'close' is no value/, { nearest: 'closed' }),
  line('when: row.used == 0', 'when: row.usd == 0', 'when: row.|usd', 'expression', /no field 'usd'/, { nearest: 'used' }),
  line("{value: row.used >= row.cap}", "{value: row.used >= row.number}", 'row.used |>= row.number', 'expression', /int and string have no order/),
  line('watch: [lines.status]', 'watch: [lines.stat]', '[|lines.stat]', 'name', /no column 'stat'/, { nearest: 'status' }),
  line('watch: [lines.status, lines.used]', 'watch: [line.status, lines.used]', '[|line.status', 'name', /unknown table 'line'/, { nearest: 'lines' }),
  line('run: try_fill\n      with: {order: o.id}\n    - return', 'run: try_fil\n      with: {order: o.id}\n    - return', 'run: |try_fil\n      with: {order: o.id}\n    - return', 'name', /unknown timer 'try_fil'/, { nearest: 'try_fill' }),
  line('seconds: 3600, run: beat', 'seconds: 3600, run: beet', 'run: |beet', 'name', /unknown timer 'beet'/, { nearest: 'beat' }),
  line('show_when: session.login != null', 'show_when: session.login', 'show_when: |session.login\n', 'expression', /does not fit/, { expected: /bool/ }),
  line('show_when: session.login != null', 'show_when: sesion.login != null', 'show_when: |sesion', 'expression', /unknown name 'sesion'/, { nearest: 'session' }),
  line("do: [{return: {lines: 'lines.filter(l, true)'", "do: [{return: {lines: 'phone'", "{lines: '|phone'", 'expression', /private to the user/),
  line('refresh: phone.signal', 'refresh: phone.sygnal', 'refresh: phone.|sygnal', 'expression', /no column 'sygnal'/, { nearest: 'signal' }),
  line('among: [set_status, secret, place_*]', 'among: [set_stats]', 'among: |[set_stats]', 'name', /no tool fits/, { expected: /tools with steps/ }),
  line('{set: {phone.airplane: args.airplane}}', '{set: {phone.airplan: args.airplane}}', '{set: {phone.|airplan:', 'expression', /no column 'airplan'/, { nearest: 'airplane' }),
  line("set: {session.login: args.name, session.count: session.count + 1}", "set: {session.login: args.name, session.count: session.login + 1}", 'session.login |+ 1', 'expression', /string\? \+ int/),
  line('account.held: account.held + args.limit * args.qty}', "account.held: account.held + args.limit * 1.5}", 'account.held: |account.held + args', 'expression', /dec\(3\) does not fit/, { expected: /dec\(2\)/ }),
  line('- emit: agent\n        text: Order ${o.id} filled at ${px}', '- emit: agnt\n        text: Order', 'emit: |agnt', 'value', /emit/, { expected: /agent, user/ }),
  line('- {id: no_debt, that: account.cash >= account.held', '- {id: no_debt, that: account.cash >= acount.held', '>= |acount', 'expression', /unknown name 'acount'/, { nearest: 'account' }),
  // The simulated user, rules, variants, checks.
  carrier('on: [resume_line]', 'on: [resume_lin]', 'on: [|resume_lin]', 'name', /resume_lin/, { nearest: 'resume_line' }),
  carrier("that: \"said.exists(s, text_match(s, 'yes'))\"", "that: \"sad.exists(s, text_match(s, 'yes'))\"", 'that: "|sad', 'expression', /unknown name 'sad'/, { nearest: 'said' }),
  carrier('{call: switch_phone, with: {setting: "\'airplane\'"', '{call: swich_phone, with: {setting: "\'airplane\'"', 'call: |swich_phone', 'name', /swich_phone/, { nearest: 'switch_phone' }),
  carrier("set: {looked: mind.looked + 1}", "set: {looked: mind.lookd + 1}", 'mind.|lookd', 'expression', /no field 'lookd'/, { nearest: 'looked' }),
  carrier('satisfied: "!phone.airplane && phone.data"', 'satisfied: "!phone.airplane && phone.dta"', 'phone.|dta', 'expression', /no field 'dta'/, { nearest: 'data' }),
  carrier('{value: line.number, asked: [number, which line, phone number]', '{value: line.numbr, asked: [number, which line, phone number]', 'line.|numbr', 'expression', /no field 'numbr'/, { nearest: 'number' }),
  carrier('kind: calls.constraints, call: find_line, where: \'args', 'kind: calls.constraints, call: find_lines, where: \'args', 'call: |find_lines', 'name', /find_lines/, { nearest: 'find_line' }),
  carrier('kind: calls.constraints, call: find_line, where: \'args', 'kind: calls.constraints, call: [resume_line, find_lines], where: \'args', '|find_lines]', 'name', /find_lines/, { nearest: 'find_line' }),
  carrier('kind: calls.constraints, call: find_line, where: \'args', 'kind: calls.constraints, call: [find_line, switch_phone], where: \'args', '|switch_phone]', 'name', /tool of the user/, { expected: /of the agent/ }),
  carrier('kind: calls.constraints, call: find_line, where: \'args', 'kind: calls.constraints, call: [find_line, find_line], where: \'args', 'call: [find_line, |find_line', 'name', /twice/),
  carrier('kind: calls.constraints, call: find_line, where: \'args', 'kind: calls.constraints, call: find_line, refused: maybe, where: \'args', 'refused: |maybe', 'value', /refused/),
  carrier('kind: communicated, text: line.used_mb', "kind: communicated, text: '[line]'", "text: |'[line]'", 'expression', /list of row of lines is no text/, { expected: /list of those/ }),
  carrier('kind: communicated, text: line.used_mb', 'kind: communicated, text: lines', 'text: |lines', 'expression', /table lines is no text/),
  carrier('outcome: unable', 'outcome: unabel', 'outcome: |unabel', 'value', /outcome/, { expected: /done, unable/ }),
  carrier('patience: 12', 'patience: never', 'patience: |never', 'value', /patience/),
  carrier('{update: lines, key: number, columns: [status]}', '{update: lines, key: number, columns: [state]}', 'columns: [|state]', 'name', /state/, { nearest: 'status' }),
  carrier('{update: lines, key: number', '{update: lines, keys: number', 'keys: |number', 'expression', /string does not fit/, { expected: /list of string/ }),
  carrier('{update: lines, key: number', "{update: lines, key: number, keys: '[number]'", "|keys: '[number]'", 'check', /either 'key' or 'keys'/),
  carrier('{update: lines, key: number, columns', '{update: lines, columns', '|{update: lines', 'missing', /key: is missing/, { expected: /keys/ }),
  carrier('{update: lines, key: number', '{update: line, key: number', 'update: |line,', 'name', /unknown table 'line'/, { nearest: 'lines' }),
  carrier('setup:\n    - set: {phone.number: line.number}\n', 'setup:\n    - set: {phone.number: line.used_mb}\n', 'phone.number: |line.used_mb', 'expression', /int does not fit/),
  carrier('- {say: \'You have used ${found.used_mb} MB.\'}', "- {say: 'You have used ${foud.used_mb} MB.'}", '${|foud', 'expression', /unknown name 'foud'/, { nearest: 'found' }),
  carrier('expect: line.used_mb}', 'expect: line.owner}', 'expect: |line.owner', 'expression', /does not fit/, { expected: /int/ }),
  // Temporal rules, milestones and minefields.
  ...[
    ['[find_lin before finish]', '[|find_lin before', /no event 'find_lin'/, { nearest: 'find_line' }],
    ['[never find_line afer finish]', 'never find_line |afer', /'afer' cannot stand here/, { nearest: 'after' }],
    ['[find_line befor any finish]', 'find_line |befor any', /cannot stand here/, { nearest: 'before', expected: /'before' or 'after'/ }],
    ['[look before]', '[look before|]', /ends too early/, { expected: /name of an event/ }],
    ['[find_line after finish]', 'find_line after |finish', /cannot stand here/, { expected: /'each'/ }],
    ['[find_line before finish for the same key]', '[|find_line before', /'find_line' has no key/, { expected: /key: CEL/ }],
    ['[at most 0 find_line]', 'at most |0', /'0' cannot stand/, { expected: /1 to 100/ }],
    ['[find_line before any finish within 5 minutes]', 'finish |within 5', /no meaning here/, { expected: /before each/ }],
    ['[find_line before each finish within 5 hours]', 'within 5 |hours', /'hours' cannot stand/, { expected: /'minutes'/ }],
    ['[never find_line for the same key]', 'find_line |for the', /a key means nothing/],
    ['[find_line before each find_line]', 'before each |find_line', /on both sides/, { expected: /at most 1/ }],
    ['[find_line before finish twice]', 'finish |twice', /'twice' cannot stand/, { expected: /'for' or 'within'/ }],
    ['[switch_phone before finish]', '[|switch_phone before', /a tool of the user/],
    ['[Find_line before finish]', '[|Find_line before', /'Find_line' cannot stand/],
    ['[never before]', 'never |before]', /'before' cannot stand/, { expected: /name of an event/ }],
  ].map(([order, at, message, more]) => carrier('kind: communicated, text: line.used_mb', `kind: rules.temporal, order: ${order as string}`, at as string, 'order', message as RegExp, more as More)),
  carrier('kind: communicated, text: line.used_mb', 'kind: rules.temporal, events: {look: {call: find_line}}, order: [never find_line]', '{|look: {call', 'name', /no line speaks of 'look'/),
  carrier('kind: communicated, text: line.used_mb', 'kind: rules.temporal, events: {look: {call: find_line, key: args.number}}, order: [never look]', ', |key: args', 'order', /no line asks for the key/),
  carrier('kind: communicated, text: line.used_mb', 'kind: rules.temporal, events: {look: {call: find_line, key: args.number}, change: {call: resume_line, key: arg.number}}, order: [look before change for the same key]', 'key: |arg.number', 'expression', /unknown name 'arg'/, { nearest: 'args' }),
  carrier('kind: communicated, text: line.used_mb', 'kind: rules.temporal, events: {each: {call: find_line}}, order: [never find_line]', '{|each: {call', 'name', /a word of the lines/),
  carrier('kind: communicated, text: line.used_mb', 'kind: rules.temporal, events: {write: {call: find_line}}, order: [never find_line]', '{|write: {call', 'name', /a meaning of its own/),
  carrier('kind: communicated, text: line.used_mb', 'kind: rules.temporal, order: []', 'order: |[]', 'value', /order/),
  carrier('- {id: polite, text: Be polite.}', '- {id: polite, text: Be polite., on: [find_line], order: [never find_line]}', '|on: [find_line]', 'rule', /'on' beside 'order'/, { expected: /two rules/ }),
  carrier('- {id: polite, text: Be polite.}', "- {id: polite, text: Be polite., that: 'true', order: [never find_line]}", "|that: 'true'", 'rule', /'that' beside 'order'/),
  carrier('- {id: polite, text: Be polite.}', '- {id: polite, text: Be polite., events: {look: {call: find_line}}}', '|events: {look', 'rule', /'events' without 'order'/),
  carrier('- {id: polite, text: Be polite.}', '- {id: polite, text: Be polite., order: [never find_lines]}', 'never |find_lines', 'order', /no event/, { nearest: 'find_line' }),
  carrier('kind: communicated, text: line.used_mb', 'kind: milestones, reach: {looked: {call: find_line}, told: {says: [MB], after: [loked]}}', 'after: [|loked', 'name', /unknown milestone 'loked'/, { nearest: 'looked' }),
  carrier('kind: communicated, text: line.used_mb', 'kind: milestones, reach: {looked: {call: find_line, after: [told]}, told: {says: [MB], after: [looked]}}', '{call: find_line, after: [|told', 'milestones', /'looked' and 'told' come after each other/, { expected: /without circles/ }),
  carrier('kind: communicated, text: line.used_mb', 'kind: milestones, reach: {looked: {call: find_line, after: [looked]}}', 'after: [|looked', 'milestones', /comes after itself/),
  carrier('kind: communicated, text: line.used_mb', 'kind: milestones, reach: {looked: {call: find_lin}}', '{call: |find_lin}}', 'name', /find_lin/, { nearest: 'find_line' }),
  carrier('kind: communicated, text: line.used_mb', `kind: milestones, reach: {${Array.from({ length: 13 }, (_, i) => `m${i}: {call: find_line}`).join(', ')}}`, 'reach: |{m0', 'milestones', /13 milestones wait for events/, { expected: /at most 12/ }),
  carrier('kind: communicated, text: line.used_mb', 'kind: milestones, reach: {}', 'reach: |{}', 'milestones', /nothing to reach/),
  carrier('kind: communicated, text: line.used_mb', 'kind: minefields, never: [{says: [sorry]}, {that: line.status}]', '{that: |line.status}', 'expression', /does not fit/, { expected: /bool/ }),
  carrier('kind: communicated, text: line.used_mb', 'kind: minefields, never: [{calls: find_line}]', 'never: [{|calls', 'unknown_key', /unknown key 'calls'/, { nearest: 'call' }),
  carrier("        user: null\n        instruction: 'How much data is used on ${line.number}?'\n        answer: {type: integer}\n        witness: [{call: find_line, with: {number: line.number}, as: found}]\n        finish: {answer: found.used_mb}\n        checks:\n        - {id: right, kind: answer.typed, expect: line.used_mb}", "        user: null\n        instruction: 'How much data is used on ${line.number}?'\n        answer: {type: integer}\n        witness: [{call: find_line, with: {number: line.number}, as: found}]\n        finish: {answer: found.used_mb}\n        checks:\n        - {id: right, kind: minefields, never: [{says: [sorry]}]}", 'never: [{|says: [sorry]', 'user', /no user to talk to/),
  // Columns.
  air('stops: {type: list, of: {type: string}}', 'stops: {type: list}', 'stops: |{type: list}', 'missing', /of: is missing/),
  air('stops: {type: list, of: {type: string}}', 'stops: {type: lst, of: {type: string}}', 'type: |lst', 'value', /type/, { expected: /list/ }),
  air('seats: {type: record, fields: {economy: {type: int}', 'seats: {type: record, fields: {economy: {type: integer}', 'type: |integer}, business: {type: int}}}', 'value', /economy\.type/, { expected: /int/ }),
  air('shares: {type: map, of: {type: int}}', 'shares: {type: map, of: {type: int}, size: [1, 2]}', '|size: [1, 2]', 'unknown_key', /unknown key 'size'/),
  air("'d.fares[args.cabin]'", "'d.fares[args.n]'", 'd.fares[args.|n', 'expression', /int does not fit a field/),
  air('some: args.symbol in b.shares', 'some: args.n in b.shares', 'args.n |in', 'expression', /int does not fit a key/),
  air('keys: b.shares.keys()', 'keys: b.shares.kys()', 'b.shares.|kys', 'expression', /has no function 'kys'/, { nearest: 'keys' }),
  air("{'by': 'card', 'amount': args.amount}", "{'by': 'card', 'amout': args.amount}", 'b.paid |+ [', 'expression', /do not join/),
  air('row: {member: args.member, passengers: args.passengers}', 'row: {member: args.member}', 'row: |{member: args.member}', 'row', /column 'passengers' of bookings is missing/),
  people('id: {type: string, id: {draw', 'id: {type: string, unique: yes, id: {draw', 'unique: |yes', 'value', /unique/),
  people('decoys: {share: 0.2', 'decoys: {share: 0.9', 'share: |0.9', 'value', /share/),
  people('faker: location.city, max_length: 8', 'faker: City, max_length: 8', 'faker: |City', 'value', /module\.method/),
  people('faker: location.city, max_length: 8', 'faker: location.city, max_length: 0', 'max_length: |0', 'value', /max_length/),
  // Tests inside a world.
  tested('wait: 60', 'wait: -1', 'wait: |-1', 'value', /wait/),
  tested('expect: {emits: [Loan', 'expect: {emit: [Loan', '{|emit: [Loan', 'unknown_key', /unknown key 'emit'/, { nearest: 'emits' }),
  tested('seed: 9', 'seed: nine', 'seed: |nine', 'value', /seed/),
]
