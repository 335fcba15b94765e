/**
 * A failed import, tried again by the next invocation: its cause may have been passing.
 *
 * A module that threw while it was imported throws the same for ever. So the bundle, which is one module, is imported
 * anew under another name, and that copy of it answers from then on.
 */

const PARAMETER = 'copy'
const MOST = 20 // each takes memory that is never given back

type Handler<Event, Answer> = (event: Event) => Promise<Answer>

const spent = new Set<unknown>()

/** What has failed to be imported cannot be imported in this copy of the bundle. */
export class Spent extends Error {}

/** Which copy of the bundle this is; the first is 0. */
export function copyNumber(): number {
  return Number(new URL(import.meta.url).searchParams.get(PARAMETER) ?? 0)
}

/** What `load` gives; Spent when it has failed before and another copy may do better. */
export async function once<T>(load: () => Promise<T>): Promise<T> {
  if (spent.has(load) && process.env['AWS_LAMBDA_FUNCTION_NAME'] && copyNumber() < MOST) throw new Spent()
  try {
    return await load()
  } catch (error) {
    spent.add(load)
    throw error
  }
}

/** `handle`, and where that cannot go on the handler of the next copy. */
export function renewed<Event, Answer>(handle: Handler<Event, Answer>): Handler<Event, Answer> {
  let next: Handler<Event, Answer> | undefined
  return async (event) => {
    try {
      return await handle(event)
    } catch (error) {
      if (!(error instanceof Spent)) throw error
    }
    next ??= await nextCopy<Handler<Event, Answer>>()
    return next(event)
  }
}

async function nextCopy<T>(): Promise<T> {
  const url = new URL(import.meta.url)
  url.searchParams.set(PARAMETER, String(copyNumber() + 1))
  return ((await import(url.href)) as { handler: T }).handler
}
