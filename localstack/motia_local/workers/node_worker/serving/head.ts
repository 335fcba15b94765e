/** The head of a plain HTTP/1.1 request; nothing that needs interpretation is accepted. */

export const MAX_HEAD = 64 * 1024 // bytes

const HEAD = new RegExp(
  '^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) ' +
    String.raw`(/(?!/)[!"$->@-~]*)(?:\?([!"$-~]*))? HTTP/1\.1\r\n` +
    String.raw`((?:[!#$%&'*+\-.^_${'`'}|~0-9A-Za-z]+:[\t -~\x80-\xff]*\r\n)*)\r\n$`,
)
const NOT_PLAIN = new Set(['transfer-encoding', 'upgrade', 'expect'])
const OPTIONS = new Set(['close', 'keep-alive', 'te'])
const LENGTH = /^[0-9]{1,18}$/
const BLANK = /^[ \t]+|[ \t]+$/g

/** path: as sent, percent-encoded. headers: names in lower case. length: of the body, bytes. close: after it. */
export interface Head {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly headers: readonly (readonly [string, string])[]
  readonly length: number
  readonly close: boolean
}

/** The head in `text` (Latin-1), which ends with an empty line; null when it is not plain. */
export function readHead(text: string): Head | null {
  const found = HEAD.exec(text)
  if (!found) return null
  const [, method = '', path = '', query = '', block = ''] = found
  const headers: [string, string][] = []
  let length = -1
  let close = false
  for (const line of block ? block.slice(0, -2).split('\r\n') : []) {
    const colon = line.indexOf(':')
    const name = line.slice(0, colon).toLowerCase()
    const value = line.slice(colon + 1).replace(BLANK, '')
    headers.push([name, value])
    if (NOT_PLAIN.has(name)) return null
    if (name === 'content-length') {
      if (length >= 0 || !LENGTH.test(value)) return null
      length = Number(value)
    } else if (name === 'connection') {
      const options = value.toLowerCase().split(',').map((option) => option.replace(BLANK, ''))
      if (!options.every((option) => OPTIONS.has(option))) return null
      close ||= options.includes('close')
    }
  }
  return { method, path, query, headers, length: Math.max(length, 0), close }
}
