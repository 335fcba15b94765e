/** Who may listen in which room. */

import type { Person } from './people'

/** Rooms are open, those of the staff are not, and `with-NAME` is for NAME and the staff. */
export function mayEnter(room: string, person: Person | null): boolean {
  if (room.startsWith('staff')) return Boolean(person?.staff)
  if (room.startsWith('with-')) return Boolean(person?.staff) || person?.name === room.slice('with-'.length)
  return true
}
