/** Tokens, and whose they are. */

export interface Person {
  name: string
  staff: boolean
}

export const PEOPLE = new Map<string, Person>([
  ['token-ann', { name: 'ann', staff: true }],
  ['token-ben', { name: 'ben', staff: false }],
])
