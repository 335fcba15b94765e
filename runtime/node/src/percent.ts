/** Percent-encoding, decoded leniently: decodeURIComponent refuses a whole text for one bad escape. */

const HEX = /^[0-9a-fA-F]{2}$/

/** `text` with its escapes decoded as UTF-8. A `%` that is no escape stays, bytes that are no UTF-8 are U+FFFD. */
export function unquote(text: string): string {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return leniently(text)
  }
}

/** As `unquote`, after turning `+` into a space: how a query string and a form are encoded. */
export function unquotePlus(text: string): string {
  return unquote(text.replaceAll('+', ' '))
}

function leniently(text: string): string {
  const [head, ...rest] = text.split('%')
  const parts = [Buffer.from(head!)]
  for (const part of rest) {
    const escape = part.slice(0, 2)
    if (HEX.test(escape)) parts.push(Buffer.from(escape, 'hex'), Buffer.from(part.slice(2)))
    else parts.push(Buffer.from(`%${part}`))
  }
  return Buffer.concat(parts).toString()
}
