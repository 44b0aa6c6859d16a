/** Words that rows of every domain are filled with: people, places, notes. */
export const FIRST_NAMES = [
  'Ada', 'Amir', 'Anouk', 'Bela', 'Bruno', 'Carmen', 'Cyrus', 'Dalia', 'Dmitri', 'Edda', 'Elif', 'Emeka', 'Farah', 'Felix', 'Greta', 'Hana', 'Hugo', 'Imani', 'Ines', 'Ivo', 'Jada', 'Jonas',
  'Kavya', 'Kenji', 'Lara', 'Leon', 'Mara', 'Mateo', 'Mina', 'Nadia', 'Nils', 'Odile', 'Oskar', 'Petra', 'Quentin', 'Rafael', 'Rosa', 'Samir', 'Sunniva', 'Tariq', 'Thea', 'Uma', 'Viktor', 'Wanda', 'Yara', 'Yusuf', 'Zoe',
]
export const LAST_NAMES = [
  'Abara', 'Almeida', 'Bakker', 'Bianchi', 'Brandt', 'Castell', 'Chen', 'Dahl', 'Dubois', 'Ekberg', 'Farkas', 'Fontaine', 'Gallo', 'Haddad', 'Hoffmann', 'Ito', 'Jansen', 'Kaya', 'Kowalski', 'Kumar', 'Lindqvist', 'Marchetti',
  'Mbeki', 'Moreau', 'Moss', 'Nakamura', 'Novak', 'Okafor', 'Olsen', 'Pereira', 'Petrov', 'Quispe', 'Rahman', 'Reyes', 'Rossi', 'Sato', 'Schubert', 'Silva', 'Soto', 'Tanaka', 'Tembo', 'Urban', 'Vargas', 'Weber', 'Yilmaz', 'Zeman',
]
export const COMPANY_FIRST = ['Alder', 'Bluewater', 'Cobalt', 'Dunmore', 'Evergreen', 'Fairway', 'Granite', 'Halden', 'Ironbridge', 'Juniper', 'Kestrel', 'Lakeside', 'Meridian', 'Northgate', 'Oakfield', 'Pinnacle', 'Quarry', 'Redwood', 'Silverline', 'Tamarind']
export const COMPANY_SECOND = ['Associates', 'Brothers', 'Collective', 'Group', 'Holdings', 'Industries', 'Labs', 'Logistics', 'Partners', 'Services', 'Supply', 'Systems', 'Trading', 'Works']
export const CITIES = ['Aldermoor', 'Brightwater', 'Carrow', 'Dunwick', 'Eastvale', 'Farholm', 'Glenford', 'Harrowgate', 'Inverleigh', 'Kingsmere', 'Larkfield', 'Millbrook', 'Northam', 'Oakhaven', 'Port Ellis', 'Queensbury', 'Ravensford', 'Stonebridge', 'Thornbury', 'Westerly']
export const STREETS = ['Abbey Road', 'Birch Lane', 'Canal Street', 'Dock Street', 'Elm Avenue', 'Foundry Lane', 'Garden Row', 'Harbour Road', 'Iris Close', 'Jubilee Street', 'Kiln Lane', 'Linden Avenue', 'Market Street', 'North Parade', 'Orchard Way', 'Park Lane', 'Quay Street', 'River Walk', 'Station Road', 'Tower Hill']
export const NOTES = [
  'call before noon', 'prefers email', 'leave at the front desk', 'gate code needed', 'second entrance', 'handle with care', 'ask for the manager', 'invoice by post', 'no calls on Fridays', 'waiting for documents', 'parking at the back',
  'needs an interpreter', 'key with the neighbour', 'paid in advance', 'confirm by phone', 'recheck next month', 'contact changed', 'urgent if it rains', 'photo on file', 'allergic to latex', 'use the side door', 'quiet hours after eight',
]
export const TITLE_FIRST = ['Annual', 'Basic', 'Central', 'Detailed', 'Early', 'Final', 'General', 'Joint', 'Late', 'Main', 'Open', 'Pilot', 'Quarterly', 'Regional', 'Second', 'Special', 'Spring', 'Winter']
export const TITLE_SECOND = ['audit', 'briefing', 'campaign', 'draft', 'edition', 'estimate', 'inspection', 'list', 'outline', 'plan', 'proposal', 'report', 'review', 'round', 'schedule', 'study', 'summary', 'survey']

/** All of them by the names that worlds give them. */
export const LISTS = {
  first_names: FIRST_NAMES, last_names: LAST_NAMES, company_first: COMPANY_FIRST, company_second: COMPANY_SECOND, cities: CITIES, streets: STREETS, notes: NOTES, title_first: TITLE_FIRST, title_second: TITLE_SECOND,
} as const
export type ListName = keyof typeof LISTS
