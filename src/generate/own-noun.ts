/** Nouns that no pack knows: what kind of thing they are, by lists of words and by how they end. */
import type { Noun } from './sentence.ts'

/** Kinds of which templates are made; a request is a document that somebody waits for. */
export type OwnKind = 'person' | 'place' | 'thing' | 'document' | 'event' | 'request'

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/))

const LISTS: readonly (readonly [OwnKind, ReadonlySet<string>])[] = [
  ['person', words('member host guest juror client pilot crew crew_member student nurse chef patient owner artist judge staff volunteer customer tenant citizen resident visitor reader author poet speaker donor sponsor partner supplier vendor seller buyer farmer keeper guide cook driver clerk captain sailor coach player athlete child parent pupil monk nun priest witness spy agent diver climber actor singer dancer model apprentice master scout warden knight hero friend neighbour neighbor subscriber applicant candidate inspector translator specialist mechanic family household contestant contributor curator curate translator jury board panel committee astronaut cosmonaut cadet mate skater bride groom magician wizard witch')],
  ['place', words('room hall site venue warehouse garden field farm studio shop store office depot dock berth vault shelf cellar greenhouse plot island park trail apiary barn stable kennel lab laboratory gallery stage kitchen theatre theater cinema school hotel cabin campsite harbour harbor port pier gym pool court pitch track quarry mine mill forest orchard vineyard grove pond lake river bay cave reef nest cage enclosure pen paddock aisle ward bed_space table_space desk booth stall stand chapel church temple cemetery grave street district zone region village town city house home building apartment flat bunker hangar runway module airlock lighthouse tower station channel branch outlet location route line rink slope workshop foundry smithy department ground lair yard dwelling building landing')],
  ['request', words('order request application claim ticket complaint booking reservation loan entry submission bid query inquiry enquiry appeal registration nomination pledge donation quote referral subscription deposit exchange return supply_request permit_application petition purchase sale commission')],
  ['document', words('report form contract invoice permit licence license deed record letter book file note plan review manuscript photograph photo map article episode film movie song track album podcast script recipe certificate diploma policy manual minutes bill receipt payment fee verdict score score_sheet log logbook journal diary essay exam test list catalogue catalog statement budget charter scroll poem blueprint drawing design pattern newsletter magazine newspaper post blog video image sketch draft treaty testament passport visa card badge ballot schedule timetable agenda proposal prescription diagnosis label menu programme program portfolio share')],
  ['event', words('visit session meeting recording screening flight launch shift lesson class course inspection harvest match game race tour trip delivery appointment rehearsal festival concert excavation exhibition expedition mission ceremony campaign wedding funeral party auction audit sale_day repair check checkup treatment surgery operation interview workshop_day camp hike dive climb ride voyage crossing cruise patrol drill raid hunt feeding milking shearing sowing planting watering tasting brewing distillation batch_day performance show play premiere broadcast stream competition tournament championship incident outage accident alarm call handover transfer transport shipment pickup rescue experiment observation measurement survey seance sermon service baptism burial spacewalk rotation watch leak spill fault storm job service_visit duel stakeout slot find sighting find_day meal walk check_in')],
  ['thing', words('letterbox container timer folder tower water computer printer scanner filter poster register trailer butter flower shelter rover recycler roaster toaster burner buffer cutter grinder shredder scraper drawer dresser sweeper tester tracker charger lander orbiter booster receiver transmitter amplifier server heater cooler radiator dishwasher dryer washer digger excavator bulldozer planter spreader sprinkler cruiser freighter chopper stroller locker cover blender juicer breaker capacitor resistor transistor processor bumper hopper binder sharpener thermometer barometer sensor motor reactor elevator tractor generator mirror door floor color error vector calculator conveyor paper number plaster copper silver leather timber lumber ladder hammer boiler cooker freezer charger transformer inverter compressor blower mixer shutter rotor propeller anchor tanker feather otter panther tiger hamster spider beaver badger lobster oyster hangover counter powder fiber fibre winter summer dinner supper meter monitor scooter computer helicopter glider antler burger beer cider liquor mortar altar guitar star car jar radar cellular oven lamp instrument animal horse falcon dog cat bee cow sheep goat pig hen bird fish tree plant collection kit ration equipment_item spell_book glossary station_kit vehicle dish ingredient product sample record')],
]

/** What comes in bulk is counted in something. */
const BULK: Readonly<Record<string, string>> = {
  honey: 'batch', wax: 'batch', water: 'tank', oxygen: 'tank', fuel: 'tank', gas: 'bottle', oil: 'barrel', milk: 'batch', wool: 'bale', hay: 'bale', straw: 'bale', cotton: 'bale', grain: 'lot', rice: 'lot', wheat: 'lot', flour: 'sack', coffee: 'lot', tea: 'lot', sugar: 'sack', salt: 'sack', food: 'parcel', wine: 'cask', beer: 'keg', cider: 'keg', whisky: 'cask', whiskey: 'cask', cheese: 'wheel', bread: 'batch', meat: 'cut', equipment: 'item', gear: 'item', machinery: 'unit', furniture: 'piece', clothing: 'piece', jewellery: 'piece', jewelry: 'piece', luggage: 'piece', cargo: 'load', freight: 'load', waste: 'load', sand: 'load', wood: 'load', timber: 'load', energy: 'contract', electricity: 'contract', blood: 'unit', plasma: 'unit', medicine: 'pack', music: 'piece', art: 'piece', pottery: 'piece', glassware: 'piece', software: 'licence', data: 'set', media: 'item', news: 'story', mail: 'item', money: 'transfer', advice: 'session', research: 'project', training: 'session', ice: 'block', clay: 'block', marble: 'block', silver: 'bar', gold: 'bar', steel: 'coil', paper: 'roll', cloth: 'bolt', fabric: 'bolt', silk: 'bolt', seed: 'packet', soil: 'load', compost: 'load', evidence: 'item', laundry: 'load', staff: 'member', crew: 'member', jury: 'member', chocolate: 'batch', soap: 'batch', paint: 'tin', ink: 'bottle', perfume: 'bottle',
}

/** Names that columns and objects have already. */
const TAKEN = new Set(['id', 'name', 'status', 'constructor', 'prototype', 'arg', 'args', 'row', 'rows', 'hit', 'hits', 'page'])

/** The name under which a noun is an entity: `honey` is kept as honey_batch. */
export function countable(name: string): string {
  // A book's key is an argument called book_id.
  if (TAKEN.has(name) || name.endsWith('_id')) return `${name}_card`
  const head = name.slice(name.lastIndexOf('_') + 1)
  const measure = Object.hasOwn(BULK, head) ? BULK[head] : undefined
  return measure === undefined ? name : `${name}_${measure}`
}

/** What kind of thing a name stands for. */
export function kindOf(name: string, noun?: Pick<Noun, 'actor'>): OwnKind {
  const head = name.slice(name.lastIndexOf('_') + 1)
  for (const [kind, list] of LISTS) if (list.has(name)) return kind
  for (const [kind, list] of LISTS) if (list.has(head)) return kind
  if (/(?:batch|tank|lot|unit|bale|cask|keg|load|parcel|piece|item|pack|sack|barrel|box|crate|kit)$/.test(head)) return 'thing'
  if (noun?.actor || /(?:ist|ian|ant|ee|man|woman|smith|wright|herd|monger|person|eer|ster|ologist|ographer)$/.test(head) || (/(?:er|or)$/.test(head) && head.length > 4)) return 'person'
  if (/(?:tion|sion|ing|ance|ence|al|athon)$/.test(head) && head.length > 5) return 'event'
  if (/(?:gram|graph|ment|script|ture|ography)$/.test(head)) return 'document'
  return /(?:yard|house|room|land|arium|orium|ery|port|stead|shop|park|garden|hall|field)$/.test(head) ? 'place' : 'thing'
}
