/** Words that go with others: who and what there is in a co-operative, what beekeeping is about. */

const table = (text: string): ReadonlyMap<string, readonly string[]> => new Map(text.trim().split('\n').flatMap((line) => {
  const [keys, values] = line.split(':')
  return keys!.trim().split(/\s+/).map((key) => [key, values!.trim().split(/\s+/)] as const)
}))

/** What there is at a kind of place or in a kind of body, whatever it is about. */
export const HEADS = table(`
cooperative coop collective association guild union society federation: member meeting share delivery payout
network: partner channel campaign agreement
jury panel board committee council: juror session submission verdict complaint
archive library collection repository: reader collection loan reading_visit donation
museum gallery: visitor exhibit exhibition loan guided_tour
club: member training_session match membership fee
festival fair carnival: guest venue programme_slot ticket sponsor
station base outpost: crew_member module shift supply_request maintenance_job
school academy college university institute: student course lesson exam certificate
studio workshop atelier forge: client commission work_session material_order
clinic surgery practice hospital: patient appointment treatment prescription bill
farm ranch orchard vineyard nursery plantation: worker field harvest crop delivery
shop store market boutique: customer product order return supplier
company firm business agency bureau service: client contract assignment invoice
office department ministry authority: applicant application permit hearing notice
lab laboratory observatory: researcher instrument experiment sample report
zoo aquarium sanctuary reserve shelter kennel: animal keeper enclosure feeding adoption
garden park: gardener bed planting visit
theatre theater opera circus choir orchestra band: performer production rehearsal performance ticket
restaurant cafe bar kitchen brewery distillery bakery winery: guest dish reservation ingredient supplier
hotel hostel campsite resort: guest room booking cleaning_round complaint
airline airport harbour harbor port railway: passenger vehicle departure ticket incident
fleet garage depot: driver vehicle trip repair fuel_card
monastery church temple mosque parish: member ceremony donation visit
team league: player match training_session transfer injury
bank fund trust: client account application payment
press publisher magazine newspaper: author manuscript issue subscription review
brigade squad patrol: recruit engine drill callout equipment_check
colony settlement village: settler dwelling supply_run repair_job petition
mission expedition: crew_member supply route report incident
`)

/** What a domain is about: the words of those who work in it. */
export const TOPICS = table(`
bee beekeeping apiculture apiary hive: beekeeper apiary hive hive_inspection honey_batch swarm_report
podcast podcasting: host episode recording_session sponsor_slot
film movie cinema: director film screening jury_score award
festival: guest venue submission
space orbital spacecraft: astronaut module supply_crate cargo_flight resupply_request
supply supplies provision: supplier storage_bay supply_item stock_check supply_request
municipal city town: citizen department permit council_file
archive archival: archivist reading_room document_box finding_aid reading_request
museum: curator exhibit loan
falcon falconry: falconer falcon hunting_ground training_flight falconry_permit
horse riding equestrian stable: rider horse paddock riding_lesson vet_visit
dog kennel: handler dog kennel training_walk adoption_request
tattoo: tattoo_artist design tattoo_session aftercare_check
lighthouse: keeper lighthouse lamp lamp_inspection keeper_log
wine vineyard: winemaker vineyard cask tasting wine_order
beer brewery brewing: brewer brewing_kettle keg brew_day beer_order
cheese dairy: cheesemaker cheese_wheel ageing_cellar tasting cheese_order
coffee: roaster coffee_lot roast cupping coffee_order
radio broadcast: presenter programme studio broadcast listener_request
music record vinyl: musician album recording_session concert licence
book reading: author book reading loan review
game gaming esports: player game_server match tournament ban_appeal
chess: player chess_club match tournament protest
garden gardening allotment: gardener plot plant planting seed_request
forest forestry: forester stand tree felling permit
fish fishing fishery: fisher boat fishing_ground catch licence
whale marine ocean reef: researcher dive_site sighting dive tag_report
mountain alpine climbing rescue: climber rescue_hut route rescue_call equipment_item
ski: skier slope lift ski_lesson rental
balloon: pilot balloon launch_site flight passenger_booking
drone: operator drone flight_zone flight flight_permit
weather climate: observer weather_station sensor measurement forecast
volcano earthquake seismic: observer sensor_station seismometer reading alert
excavation archaeology archaeological: archaeologist dig_site find dig_day find_report
genealogy ancestry: researcher family_line record_copy interview search_request
blood: donor blood_unit donation blood_test blood_request
pottery ceramic ceramics: potter kiln clay_block firing pottery_order
glass: glassblower furnace glass_piece firing glass_order
clock watch: watchmaker clock part repair_job estimate
puppet: puppeteer puppet stage puppet_show booking
circus: artist animal ring rehearsal show
wedding: couple venue wedding tasting quote
funeral: family chapel funeral burial_permit invoice
taxi ride: driver taxi ride complaint shift
ferry ship boat: captain vessel berth crossing ticket
train railway tram: driver train platform departure fault_report
bridge road: inspector bridge inspection repair_job closure_notice
recycling waste: collector recycling_yard container collection_round weighing_slip
solar wind: engineer panel_field turbine maintenance_visit output_report
translation language: translator source_text glossary review_round translation_order
refugee asylum aid: case_worker family shelter aid_parcel interview
election voting: voter polling_station ballot_box count complaint
court legal law: lawyer case_file hearing filing verdict
toy: toymaker toy workshop safety_test toy_order
mushroom truffle: picker picking_ground mushroom_lot tasting delivery_order
insect butterfly: breeder breeding_cage butterfly release health_check
library: librarian book loan reading return_notice
detective investigation: detective case_file clue stakeout witness_statement
dragon: keeper dragon lair feeding flight_permit
magic wizard: wizard spell_book potion duel apprentice_application
`)

/** What there is about a thing, an activity or anything else of which nothing is known; X is its name. */
export const ABOUT_ACTIVITY: readonly string[] = ['X_instructor', 'X_site', 'X_kit', 'X_session', 'X_permit']
export const ABOUT_THING: readonly string[] = ['X_specialist', 'X', 'X_inspection', 'X_report', 'X_request']
export const ABOUT_EVENT: readonly string[] = ['participant', 'X', 'X_booking', 'X_report']
export const ABOUT_PERSON: readonly string[] = ['X', 'X_meeting', 'X_application', 'X_badge']
/** What there can be about anything, where there has to be more. */
export const ABOUT_ANYTHING: readonly string[] = ['X_request', 'X_report', 'X_inspection', 'X_invoice', 'X_meeting', 'X_plan', 'X_incident', 'X_order', 'X_kit', 'X_notice']
/** Those who are always somewhere. */
export const ANYWHERE: readonly string[] = ['member', 'visit', 'request']
